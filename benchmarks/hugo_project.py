"""The same pages as a Hugo project: one content file a page with all its data, charts already made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from msgspec import to_builtins

from generator.pages import Page
from generator.render import Renderer
from generator.render.renderer import NAVIGATION
from generator.render.ruler import bar_chart
from generator.render.structured import in_script, structured_data

LAYOUTS = Path(__file__).parent / "hugo"


def write_project(folder: Path, pages: Iterable[Page], renderer: Renderer, base_url: str) -> None:
    """Write content, data and layouts for scenario ``pages``."""
    shutil.copytree(LAYOUTS, folder)
    for page in pages:
        body = to_builtins(page.body)
        body["bar_svg"] = bar_chart(page.body.bar)
        front = {
            "title": page.title,
            "url": page.path,
            "path": page.path,
            "description": page.description,
            "heading": page.heading,
            "indexable": page.indexable,
            "above": [to_builtins(link) for link in page.above],
            "name": page.name,
            "structured": [in_script(each) for each in structured_data(page, base_url)],
            "picture": to_builtins(page.picture) if page.picture else None,
            "data": page.data,
            "model": page.path.split("/")[1],
            "body": body,
        }
        target = folder / "content" / f"{page.path.strip('/').replace('/', '--')}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(front, default=list), encoding="utf-8")
    site = {
        "base_url": base_url,
        "style": str(renderer.templates.environment.globals["style"]),
        "navigation": [to_builtins(link) for link in NAVIGATION],
    }
    (folder / "data").mkdir()
    (folder / "data/site.json").write_text(json.dumps(site), encoding="utf-8")
