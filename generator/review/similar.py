"""Listed pages that say nearly the same: phrases of five words in common, figures left out.

A name is no figure: what the page is about, as its breadcrumb calls it, counts as one word with its digits.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy
from lxml import etree
from numpy.typing import NDArray
from scipy import sparse

from generator.review.likeness import Kind, Likeness, Pair

WORDS_IN_PHRASE = 5
PAGES_AT_ONCE = 512
"""Whose phrases are counted against all pages' in one product, which bounds the memory that it takes."""

LEFT_OUT = ("form", "nav", "pre", "script", "style", "svg")
"""Elements whose words aren't a page's own: what can be chosen, where else to go, what a chart's table says too."""

_WORD = re.compile(r"[^\W_](?:[\w.,'’-]*[^\W_])?")
_FIGURE = re.compile(r"\d{1,3}(?:[.,]\d+)*(?:[kmgt](?:i?b)?)?|[kmgt]i?b")
"""A number with or without its unit. Pages write larger ones with separators, so four digits in a row are a name's."""

_LISTED = etree.XPath("//*[local-name()='url']/*[local-name()='loc']/text()")
_NAMES = etree.XPath("//nav[@class='crumbs']//text()")

Phrases = NDArray[numpy.int64]


@dataclass(frozen=True, slots=True)
class _Page:
    """A page's address, its kind and its phrases, as digests, each once."""

    path: str
    kind: str
    phrases: Phrases


def similar_pages(site: Path, only: str = "*", above: float = 0.8) -> Likeness:
    """Compare the pages of a built site that its sitemap lists.

    only : pattern of the addresses that are looked at. above : share from which a pair is told.
    """
    pages = [_read(site, path) for path in _listed(site) if fnmatchcase(path, only)]
    if not pages:
        return Likeness(0, (), ())
    every, columns, counts = numpy.unique(
        numpy.concatenate([page.phrases for page in pages]), return_inverse=True, return_counts=True
    )
    ends = numpy.cumsum([0, *(len(page.phrases) for page in pages)])
    ones = numpy.ones(len(columns), dtype=numpy.int32)
    holds = sparse.csr_array((ones, columns, ends), shape=(len(pages), len(every)))
    pairs = sorted(_pairs(pages, holds, above), key=lambda pair: (-pair.share, pair.one, pair.other))
    return Likeness(len(pages), tuple(pairs), tuple(_kinds(pages, holds @ (counts == 1))))


def _listed(site: Path) -> Iterator[str]:
    for file in sorted(site.glob("sitemap*.xml")):
        for url in _LISTED(etree.parse(file)):
            yield unquote(urlsplit(url).path)


def _read(site: Path, path: str) -> _Page:
    file = site / f"{path}index.html".removeprefix("/")
    document = etree.HTML(file.read_bytes(), etree.HTMLParser(encoding="utf-8"))
    names = {" ".join(name.split()) for name in _NAMES(document) if name.strip()}
    main = document.find(".//main")
    etree.strip_elements(main, *LEFT_OUT, with_tail=False)
    return _Page(path, main.get("class"), phrases(" ".join(main.itertext()), names))


def phrases(text: str, names: Iterable[str] = ()) -> Phrases:
    """Digests of the phrases of a text, ascending, each once; they hold within one process.

    names : what counts as one word each: ``Gemma 3 27B`` is no ``Gemma`` beside figures.
    """
    text = " ".join(text.split())
    for name in sorted(names, key=len, reverse=True):
        if not all(_FIGURE.fullmatch(word) for word in _WORD.findall(name.lower())):
            text = text.replace(name, name.replace(" ", "_"))
    words = [word for word in _WORD.findall(text.lower()) if not _FIGURE.fullmatch(word)]
    found = {hash(phrase) for phrase in zip(*(words[place:] for place in range(WORDS_IN_PHRASE)), strict=False)}
    return numpy.array(sorted(found), dtype=numpy.int64)


def _pairs(pages: Sequence[_Page], holds: sparse.csr_array, above: float) -> Iterator[Pair]:
    """Pairs whose share is above the limit. holds : 1 where a page, a row, has a phrase, a column."""
    sizes = holds.sum(axis=1)
    for first in range(0, len(pages), PAGES_AT_ONCE):
        common = (holds[first : first + PAGES_AT_ONCE] @ holds[first:].T).tocoo()
        shares = common.data / (sizes[first + common.row] + sizes[first + common.col] - common.data)
        told = (shares > above) & (common.row < common.col)
        for one, other, share in zip(common.row[told], common.col[told], shares[told], strict=True):
            yield Pair(pages[first + one].path, pages[first + other].path, float(share))


def _kinds(pages: Sequence[_Page], own: NDArray[numpy.int64]) -> Iterator[Kind]:
    """own : of each page, how many of its phrases stand on no other."""
    shares: dict[str, list[float]] = defaultdict(list)
    for page, count in zip(pages, own, strict=True):
        shares[page.kind].append(count / len(page.phrases) if len(page.phrases) else 0.0)
    for name, found in sorted(shares.items()):
        yield Kind(name, len(found), min(found), sum(found) / len(found))
