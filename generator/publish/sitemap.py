"""sitemap.xml (an index where there are many pages) and robots.txt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

URLS_PER_FILE = 50_000
"""Limit of the sitemap protocol."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def sitemap_files(base_url: str, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """(URL path, content) of each sitemap file for the indexable ``paths``."""
    parts = [paths[start : start + URLS_PER_FILE] for start in range(0, len(paths), URLS_PER_FILE)] or [()]
    if len(parts) == 1:
        yield "/sitemap.xml", _urls(base_url, parts[0])
        return
    names = [f"/sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
    yield from ((name, _urls(base_url, part)) for name, part in zip(names, parts, strict=True))
    entries = "".join(f"<sitemap><loc>{escape(base_url + name)}</loc></sitemap>\n" for name in names)
    yield "/sitemap.xml", f"{_HEAD}<sitemapindex {_NAMESPACE}>\n{entries}</sitemapindex>\n".encode()


def _urls(base_url: str, paths: Sequence[str]) -> bytes:
    entries = "".join(f"<url><loc>{escape(base_url + path)}</loc></url>\n" for path in paths)
    return f"{_HEAD}<urlset {_NAMESPACE}>\n{entries}</urlset>\n".encode()


def robots(base_url: str) -> bytes:
    """Everything may be read; where the sitemap is."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {base_url}/sitemap.xml\n".encode()
