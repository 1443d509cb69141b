"""JSON-LD of a page: its breadcrumb and what it is about."""

from __future__ import annotations

from typing import Any

from msgspec import Raw
from msgspec.json import Encoder

from generator.pages.page import Link, Page
from generator.pages.structured import About, Application, Dataset
from generator.render.fragments import Fragments

CONTEXT = "https://schema.org"

_ENCODER = Encoder()
_CODES = {each.encode(): f"\\u{ord(each):04x}".encode() for each in "&<>'"}
"""What HTML takes for its own, as JSON may write it too."""
_steps = Fragments()


def structured_data(page: Page, base_url: str) -> list[dict[str, Any]]:
    """Every object of structured data that a page carries."""
    found: list[dict[str, Any]] = []
    if page.above:
        own = _step(len(page.above) + 1, page.name, page.path, base_url)
        steps = *_steps.once(_steps_above, page.above, base_url), own
        found.append({"@context": CONTEXT, "@type": "BreadcrumbList", "itemListElement": steps})
    if page.about:
        found.append({"@context": CONTEXT} | _about(page.about, base_url))
    return found


def in_script(value: object) -> str:
    """A value as JSON that may stand in HTML."""
    found = _ENCODER.encode(value)
    for each, code in _CODES.items():
        found = found.replace(each, code)
    return found.decode()


def _steps_above(above: tuple[Link, ...], base_url: str) -> list[Raw]:
    """The steps of a breadcrumb above a page, as JSON: they are its neighbours' too."""
    steps = (_step(position, link.text, link.path, base_url) for position, link in enumerate(above, start=1))
    return [Raw(_ENCODER.encode(step)) for step in steps]


def _step(position: int, name: str, path: str, base_url: str) -> dict[str, Any]:
    return {"@type": "ListItem", "position": position, "name": name, "item": f"{base_url}{path}"}


def _about(about: About, base_url: str) -> dict[str, Any]:
    if isinstance(about, Dataset):
        return {
            "@type": "Dataset",
            "name": about.name,
            "description": about.description,
            "url": f"{base_url}{about.path}",
            "license": about.license_url,
            "version": about.version,
            "isAccessibleForFree": True,
            "distribution": [
                {"@type": "DataDownload", "encodingFormat": each.media_type, "contentUrl": f"{base_url}{each.path}"}
                for each in about.distributions
            ],
        }
    if isinstance(about, Application):
        return {
            "@type": "WebApplication",
            "name": about.name,
            "description": about.description,
            "url": f"{base_url}{about.path}",
            "applicationCategory": "UtilitiesApplication",
            "operatingSystem": "Any",
            "isAccessibleForFree": True,
        }
    return {"@type": "WebSite", "name": about.name, "description": about.description, "url": f"{base_url}/"}
