"""Listed pages that say nearly the same: phrases of five words in common, figures left out.

A name is no figure: what the page is about, as its breadcrumb calls it, counts as one word with its digits.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from html.parser import HTMLParser
from pathlib import Path

import numpy
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray

from generator.review.likeness import Kind, Likeness, Pair

WORDS_IN_PHRASE = 5
BANDS, ROWS = 25, 5
"""Of a signature. Pages with 70% of their phrases in common agree in a whole band in 99 of 100 cases, with 80% nearly
always; only such pairs are compared phrase by phrase."""

LEFT_OUT = frozenset({"form", "nav", "pre", "script", "style", "svg"})
"""Elements whose words aren't a page's own: what can be chosen, where else to go, what a chart's table says too."""

_WORD = re.compile(r"[^\W_](?:[\w.,'’-]*[^\W_])?")
_NOINDEX = re.compile(r'<meta name="robots" content="[^"]*noindex')
"""Looked for before a page is parsed, as most pages of a site ask not to be listed."""
_FIGURE = re.compile(r"\d{1,3}(?:[.,]\d+)*(?:[kmgt](?:i?b)?)?|[kmgt]i?b")
"""A number with or without its unit. Pages write larger ones with separators, so four digits in a row are a name's."""

Phrases = NDArray[numpy.uint64]


@dataclass(frozen=True, slots=True)
class _Read:
    """A page's kind and its phrases, as ascending digests."""

    kind: str
    phrases: Phrases


def similar_pages(site: Path, only: str = "*", above: float = 0.8) -> Likeness:
    """Compare the pages of a built site.

    only : pattern of the addresses that are looked at. above : share from which a pair is told, 0.7 or more.
    """
    pages = dict(_pages(site, only))
    pairs = (pair for pair in _candidates(pages) if pair.share > above)
    ordered = sorted(pairs, key=lambda pair: (-pair.share, pair.one, pair.other))
    return Likeness(len(pages), tuple(ordered), tuple(_kinds(pages)))


def _pages(site: Path, only: str) -> Iterator[tuple[str, _Read]]:
    for file in sorted(site.rglob("*.html")):
        path = f"/{file.relative_to(site).as_posix().removesuffix('index.html')}"
        if not fnmatchcase(path, only) or any(part.startswith(".") for part in file.relative_to(site).parts):
            continue
        text = file.read_text(encoding="utf-8")
        if _NOINDEX.search(text, 0, text.find("</head>")):
            continue
        reader = _Reader()
        reader.feed(text)
        yield path, _Read(reader.kind, phrases(" ".join(reader.texts), reader.names))


def phrases(text: str, names: Iterable[str] = ()) -> Phrases:
    """Digests of the phrases of a text, ascending, each once.

    names : what counts as one word each: ``Gemma 3 27B`` is no ``Gemma`` beside figures.
    """
    text = " ".join(text.split())
    for name in sorted(names, key=len, reverse=True):
        if not all(_FIGURE.fullmatch(word) for word in _WORD.findall(name.lower())):
            text = text.replace(name, name.replace(" ", "_"))
    words = [word for word in _WORD.findall(text.lower()) if not _FIGURE.fullmatch(word)]
    last = max(len(words) - WORDS_IN_PHRASE + 1, 0)
    found = {_digest(" ".join(words[place : place + WORDS_IN_PHRASE])) for place in range(last)}
    return numpy.array(sorted(found), dtype=numpy.uint64)


def _digest(phrase: str) -> int:
    return int.from_bytes(hashlib.blake2b(phrase.encode(), digest_size=8).digest(), "little")


def _candidates(pages: Mapping[str, _Read]) -> Iterator[Pair]:
    """Pairs whose signatures are alike, with their true share."""
    index = MinHashLSH(num_perm=BANDS * ROWS, params=(BANDS, ROWS))
    for path, page in pages.items():
        signature = MinHash(num_perm=BANDS * ROWS, hashfunc=_short)
        signature.update_batch(page.phrases.tolist())
        for other in index.query(signature):
            yield Pair(str(other), path, _share(pages[other].phrases, page.phrases))
        index.insert(path, signature)


def _short(digest: int) -> int:
    """The 32 bits that a signature is made of."""
    return digest & 0xFFFFFFFF


def _share(one: Phrases, other: Phrases) -> float:
    both = len(numpy.intersect1d(one, other, assume_unique=True))
    either = len(one) + len(other) - both
    return both / either if either else 1.0


def _kinds(pages: Mapping[str, _Read]) -> Iterator[Kind]:
    if not pages:
        return
    every, counts = numpy.unique(numpy.concatenate([page.phrases for page in pages.values()]), return_counts=True)
    once = every[counts == 1]
    own: dict[str, list[float]] = defaultdict(list)
    for page in pages.values():
        mine = len(numpy.intersect1d(page.phrases, once, assume_unique=True))
        own[page.kind].append(mine / len(page.phrases) if len(page.phrases) else 0.0)
    for name, shares in sorted(own.items()):
        yield Kind(name, len(shares), min(shares), _mean(shares))


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)


class _Reader(HTMLParser):
    """Collects the texts between ``<main>`` and ``</main>``, the names in the breadcrumb, and the page's kind."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.names: set[str] = set()
        self.kind = ""
        self._in_crumbs = False
        self._in_main = False
        self._skipping: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where the main part begins and what is left out of it."""
        given = dict(attrs)
        if tag == "main":
            self._in_main, self.kind = True, given.get("class") or ""
        elif tag in LEFT_OUT:
            self._in_crumbs = given.get("class") == "crumbs"
            self._skipping.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note where the main part, or what is left out of it, ends."""
        if tag == "main":
            self._in_main = False
        elif self._skipping and tag == self._skipping[-1]:
            self._skipping.pop()
            self._in_crumbs = False

    def handle_data(self, data: str) -> None:
        """Keep a text of the main part."""
        if self._in_main and not self._skipping:
            self.texts.append(data)
        elif self._in_crumbs and data.strip():
            self.names.add(" ".join(data.split()))
