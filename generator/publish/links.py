"""What must hold of all pages together: links lead to pages, pages are linked, no two share an address or a title."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from string import whitespace

from msgspec import Struct, field
from xxhash import xxh3_64_hexdigest

from generator.publish.due.record import Bonds, Record, short_digest, unpacked
from generator.publish.output.stage import url_path

_FORM = re.compile(rb"<form.*?</form>", re.DOTALL)
_TAG = re.compile(rb"<[^>]*>")
_SPACE = whitespace.encode()

UNLINKED = ("/", "/404.html")
"""Pages that nobody needs to link to: the first, and the one for addresses that aren't there."""

MOST_LINES = 20


class BrokenSite(Exception):
    """Pages that don't go together; one line for each finding."""

    def __init__(self, findings: Iterable[str]) -> None:
        self.findings = tuple(findings)
        super().__init__(self.findings)

    def __str__(self) -> str:
        lines = self.findings[:MOST_LINES]
        more = len(self.findings) - len(lines)
        return "\n".join([*lines, *([f"and {more} more"] if more else [])])


def own_words(*parts: bytes) -> str:
    """Digest of the words and figures between ``<main>`` and ``</main>``, without forms, which name every model.

    Gaps don't count: whether a tag makes one depends on markup, and looking after each costs as much as the tags.
    """
    body = b"".join(parts[next((place for place, part in enumerate(parts) if b"<main" in part), 0) :])
    main = body[max(body.find(b"<main"), 0) : body.find(b"</main>")]
    return xxh3_64_hexdigest(_TAG.sub(b"", _FORM.sub(b"", main)).translate(None, _SPACE))


class News(Struct):
    """Digests of what isn't in a site as it was in one that was found to go together: any fault is among them.

    paths : of pages, and of links to them. titles : of pages.
    """

    paths: set[int] = field(default_factory=set)
    titles: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.paths) + len(self.titles)

    def add(self, before: Bonds, after: Bonds) -> None:
        """Take in what one job leaves in place of what it left."""
        self.titles |= _changed(before.titles, after.titles)
        for name in ("links", "lonely", "paths"):
            self.paths |= _changed(getattr(before, name), getattr(after, name))


def _changed(before: str, after: str) -> set[int]:
    """What isn't as often in both."""
    if before == after:
        return set()
    return {number for number, _ in Counter(unpacked(before)).items() ^ Counter(unpacked(after)).items()}


class SiteCheck:
    """Gathers what the records say, in a few bytes a page, and tells what doesn't go together.

    share, shares : looks at the share-th of so many equal parts of all addresses and titles alone, so that memory
        doesn't grow with the site; all shares together find what one whole check would.
    news : looks at these alone, all of them, where everything else was found to go together.
    """

    def __init__(self, share: int = 0, shares: int = 1, news: News | None = None) -> None:
        self._share, self._shares, self._news = share, shares, news
        self._pages: set[int] = set()
        self._linked: set[int] = set()
        self._lonely: set[int] = set()
        self._titles: set[int] = set()
        self._twice: set[int] = set()

    def add(self, bonds: Bonds) -> None:
        """Take one job's record into account."""
        paths, titles = (self._news.paths, self._news.titles) if self._news else (None, None)
        self._take(self._own(bonds.paths, paths), self._pages)
        self._take(self._own(bonds.titles, titles), self._titles)
        self._linked.update(self._own(bonds.links, paths))
        self._lonely.update(self._own(bonds.lonely, paths))

    def _own(self, packed: str, among: Set[int] | None) -> Sequence[int]:
        """Those that are looked at."""
        if among is None:
            return self._of_share(unpacked(packed))
        numbers = unpacked(packed) if among else ()
        return () if among.isdisjoint(numbers) else [number for number in numbers if number in among]

    def _of_share(self, numbers: Sequence[int]) -> Sequence[int]:
        if self._shares == 1:
            return numbers
        return [number for number in numbers if number % self._shares == self._share]

    def _take(self, numbers: Sequence[int], known: set[int]) -> None:
        """Add a record's numbers to those that are known, and note which were there."""
        before = len(known)
        own = set(numbers)
        self._twice |= known & own
        known |= own
        if len(known) - before != len(numbers):
            self._twice.update(number for number, times in Counter(numbers).items() if times > 1)

    @property
    def dangling(self) -> set[int]:
        """Targets that no page is at."""
        return self._linked - self._pages

    def missing(self, targets: set[int]) -> set[int]:
        """Those of ``targets`` that no page is at."""
        return set(self._of_share(list(targets))) - self._pages

    @property
    def orphans(self) -> set[int]:
        """Pages that no page links to."""
        return self._lonely - self._linked - {short_digest(path) for path in UNLINKED}

    @property
    def twice(self) -> bool:
        """Whether an address or a title stands twice."""
        return bool(self._twice)

    def named(self, records: Iterable[Record]) -> Iterator[str]:
        """A line for each page that no page links to, and for each address or title that stands twice."""
        orphans = self.orphans
        seen: dict[int, str] = {}
        for record in records:
            titles = iter(record.titles)
            for number, name in zip(record.paths, record.files.names, strict=True):
                path = url_path(name)
                title = next(titles, None)
                if number in orphans:
                    yield f"{path}: no page links to it"
                if number in self._twice and seen.setdefault(number, record.job) != record.job:
                    yield f"{path}: both {seen[number]} and {record.job} make a page of this address"
                if title in self._twice and seen.setdefault(title, path) != path:
                    yield f"{path}: has the title of {seen[title]}"
