"""The pages of the form."""

from __future__ import annotations

from generator import formats, urls
from generator.pages.lists import ListBody
from generator.pages.page import Link, Page
from generator.pages.shared import form, model_link
from generator.pages.structured import Application
from generator.scenarios import Atlas


def calculator_page(atlas: Atlas) -> Page:
    site = atlas.catalog.site
    answer = "The answer is a page of its own, with an address that you can keep."
    return Page(
        path=urls.CALCULATOR_PATH,
        kind="list",
        title="VRAM calculator for language models",
        description="Choose a model, a quantization and a context; the answer is a page with the breakdown and the hardware that fits.",
        heading="VRAM calculator",
        body=ListBody(
            (answer,),
            form=form(atlas, None, site.default_quantization, site.context_ladder[site.default_context]),
        ),
        about=Application("VRAM calculator", answer, urls.CALCULATOR_PATH),
    )


def go_page(atlas: Atlas) -> Page:
    """Where the form leads on a host without redirect rules: links to everything."""
    catalog = atlas.catalog
    links = tuple(model_link(subject) for subject in atlas.listed())
    if len(links) < len(catalog.models):
        links += (Link(f"All {formats.number(len(catalog.models))} models by family", urls.FAMILIES_PATH),)
    sizes = ", ".join(
        f"[{formats.memory_class(size)}]({urls.memory_path(size)})" for size in catalog.site.memory_classes_gb
    )
    return Page(
        path=urls.GO_PATH,
        kind="list",
        title="Go to a model",
        description="Models to choose from, for hosts that can't lead a form's choice to its page.",
        heading="Choose a model",
        body=ListBody(
            ("No page is called what was typed, or this host can't look it up. Pick the model here.",),
            text=(
                f"What fits in a memory size: {sizes}. What a card runs: [all GPUs]({urls.GPUS_PATH}). By family, size, "
                f"licence or memory: [all models]({urls.MODELS_PATH})."
            ),
            links=links,
        ),
        indexable=False,
    )
