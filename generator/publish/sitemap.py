"""sitemap.xml (an index where there are many pages) and robots.txt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

URLS_PER_FILE = 50_000
BYTES_PER_FILE = 50_000_000
"""Limits of the sitemap protocol, of the uncompressed file."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_FIRST = f"{_HEAD}<urlset {_NAMESPACE}>\n".encode()
_LAST = b"</urlset>\n"


def sitemap_files(base_url: str, pages: Iterable[tuple[str, str]]) -> Iterator[tuple[str, bytes]]:
    """(URL path, content) of each sitemap file for (URL path, day of its last change) of the indexable pages."""
    parts = list(_parts(base_url, pages))
    if len(parts) == 1:
        yield "/sitemap.xml", parts[0]
        return
    names = [f"/sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
    yield from zip(names, parts, strict=True)
    entries = "".join(f"<sitemap><loc>{escape(base_url + name)}</loc></sitemap>\n" for name in names)
    yield "/sitemap.xml", f"{_HEAD}<sitemapindex {_NAMESPACE}>\n{entries}</sitemapindex>\n".encode()


def _parts(base_url: str, pages: Iterable[tuple[str, str]]) -> Iterator[bytes]:
    """Whole sitemaps, each as long as the limits allow; an empty one where there are no pages."""
    urls: list[bytes] = []
    size = len(_FIRST) + len(_LAST)
    for path, day in pages:
        url = f"<url><loc>{escape(base_url + path)}</loc><lastmod>{day}</lastmod></url>\n".encode()
        if len(urls) == URLS_PER_FILE or size + len(url) > BYTES_PER_FILE:
            yield _FIRST + b"".join(urls) + _LAST
            urls, size = [], len(_FIRST) + len(_LAST)
        urls.append(url)
        size += len(url)
    yield _FIRST + b"".join(urls) + _LAST


def robots(base_url: str) -> bytes:
    """Everything may be read; where the sitemap is."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {base_url}/sitemap.xml\n".encode()
