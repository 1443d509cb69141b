"""Page models to HTML: templates, charts, Markdown."""

from generator.render.renderer import Renderer, RenderError

__all__ = ["RenderError", "Renderer"]
