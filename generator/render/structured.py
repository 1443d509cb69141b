"""JSON-LD of a page: its breadcrumb and what it is about."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from msgspec import Raw
from msgspec.json import Encoder

from generator.pages.page import Link, Page
from generator.pages.structured import About, Application, Dataset

CONTEXT = "https://schema.org"

MOST_CRUMBS = 1024
"""Steps of breadcrumbs that are kept: those above a page are its neighbours' too."""

_ENCODER = Encoder()
_CODES = {each.encode(): f"\\u{ord(each):04x}".encode() for each in "&<>'"}
"""What HTML takes for its own, as JSON may write it too."""


def structured_data(page: Page, base_url: str) -> list[dict[str, Any]]:
    """Every object of structured data that a page carries."""
    found: list[dict[str, Any]] = []
    if len(page.crumbs) > 2:
        *above, last = page.crumbs[1:]
        steps = [_kept_step(position, crumb, base_url) for position, crumb in enumerate(above, start=1)]
        steps.append(_step(len(page.crumbs) - 1, last, base_url))
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


def _step(position: int, crumb: Link, base_url: str) -> Raw:
    """A step of a breadcrumb, as JSON."""
    address = f"{base_url}{crumb.path}"
    return Raw(_ENCODER.encode({"@type": "ListItem", "position": position, "name": crumb.text, "item": address}))


_kept_step = lru_cache(maxsize=MOST_CRUMBS)(_step)


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
