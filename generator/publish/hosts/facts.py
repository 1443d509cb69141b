"""What the rules of all hosts say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

SLUG = "[a-z0-9._-]+"
REST = "[A-Za-z0-9._/-]*"
"""What may follow the folder of an old address."""

FIELDS = ("model", "quant", "context")
"""The form's fields that make up a scenario's path, in its order."""

PAGE_CACHE = "public, max-age=300, stale-while-revalidate=86400"
"""Pages change with a build: five minutes old at most, and shown while a newer one is fetched."""

HASHED = "card-[0-9a-f]{10}\\.png$"
"""Files whose name changes with their content: pictures of pages. Pages carry styles and icon in themselves."""

HASHED_CACHE = "public, max-age=31536000, immutable"

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Pages load nothing and run nothing, so that everything but their own styles can be forbidden.

Reading the site's own files is left to tools in a browser that look for robots.txt.
"""

HEADERS = {"Cache-Control": PAGE_CACHE, **SECURITY}


class Moves(Struct, frozen=True):
    """Where addresses lead that have no page.

    folders : path of a folder to that of another, which all below it follow.
    pages : path of one page to that of another.
    branches : path of a folder to the one page that it and all below it lead to.
    """

    folders: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    branches: Mapping[str, str] = field(default_factory=dict)


class HostFacts(Struct, frozen=True):
    """One site as its host must know it.

    names : normalized names that people type for a model, with its slug.
    places : normalized names that people type for hardware after its maker, with the path of its page.
    sizes_gb : memory sizes that have a page.
    twins : whether files have precompressed twins.
    """

    names: Mapping[str, str]
    moves: Moves
    twins: bool = False
    places: Mapping[str, str] = field(default_factory=dict)
    sizes_gb: tuple[int, ...] = ()


NAMES_A_LINE = 6
"""nginx takes no word of more than 4,096 bytes, and a long name's expression has 500."""


def by_target(names: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """What names mean, with some of them at a time."""
    found: dict[str, list[str]] = {}
    for name, target in names.items():
        found.setdefault(target, []).append(name)
    for target, own in found.items():
        for start in range(0, len(own), NAMES_A_LINE):
            yield target, own[start : start + NAMES_A_LINE]


def before_on(separator: str) -> str:
    """``what`` of ``what on which hardware``."""
    return f"^(.+?){separator}+on(?:{separator}.*)?$"


def after_on(separator: str) -> str:
    """``which hardware`` of ``what on which hardware``."""
    return f"^(?:.*{separator})?on{separator}+(?:(?:an?|my|one|the){separator}+)?(.+)$"


def any_size(sizes_gb: Iterable[int], separator: str) -> str:
    """A memory size among other words, its number caught: ``which models fit 24 GB?``."""
    numbers = "|".join(str(size) for size in sizes_gb)
    return f"^(?:.*{separator})?({numbers}){separator}*gi?b(?:[^a-z0-9].*)?$"


def escaped(path: str) -> str:
    """A path as a regular expression."""
    return path.replace(".", r"\.")
