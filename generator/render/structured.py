"""JSON-LD of a page: its breadcrumb and what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from markupsafe import Markup
from msgspec.json import Encoder

from generator.pages.page import Page
from generator.pages.structured import About, Application, Dataset

CONTEXT = "https://schema.org"

_ENCODER = Encoder(order="sorted")
_CODES = {each.encode(): f"\\u{ord(each):04x}".encode() for each in "&<>'"}
"""What HTML takes for its own, as JSON may write it too."""


def structured_data(page: Page, base_url: str) -> list[dict[str, Any]]:
    """Every object of structured data that a page carries."""
    return [{"@context": CONTEXT} | each for each in _objects(page, base_url)]


def in_script(value: object) -> Markup:
    """A value as JSON that may stand in HTML."""
    found = _ENCODER.encode(value)
    for each, code in _CODES.items():
        found = found.replace(each, code)
    return Markup(found.decode())


def _objects(page: Page, base_url: str) -> Iterator[dict[str, Any]]:
    shown = page.crumbs[1:]
    if len(shown) > 1:
        yield {
            "@type": "BreadcrumbList",
            "itemListElement": [
                {"@type": "ListItem", "position": position, "name": crumb.text, "item": f"{base_url}{crumb.path}"}
                for position, crumb in enumerate(shown, start=1)
            ],
        }
    if page.about:
        yield _about(page.about, base_url)


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
