"""Titles and descriptions as search results show them: cut by leaving words out, never within them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile

LONGEST_TITLE = 60
LONGEST_DESCRIPTION = 160
"""Characters that are shown of a title and of a description."""

ACTIVE = re.compile(r"-A\d+(?:\.\d+)?B\b")
"""The part of a name that tells the active parameters."""


def title(*wordings: str) -> str:
    """The first wording that is shown whole, else the shortest."""
    return next((each for each in wordings if len(each) <= LONGEST_TITLE), min(wordings, key=len))


def description(sentences: Iterable[str]) -> str:
    """As many of the sentences as are shown whole, the first in any case."""
    found = ""
    for sentence in sentences:
        longer = f"{found} {sentence}".strip()
        if found and len(longer) > LONGEST_DESCRIPTION:
            break
        found = longer
    return found


def versus(names: Sequence[str]) -> str:
    """Names side by side: words that all begin with are said once if all would be too long, then active sizes left out."""
    whole = " vs ".join(names)
    shared = takewhile(lambda words: len(set(words)) == 1, zip(*(name.split()[:-1] for name in names), strict=False))
    opening = "".join(f"{words[0]} " for words in shared)
    once = " vs ".join((names[0], *(name.removeprefix(opening) for name in names[1:])))
    plain = [ACTIVE.sub("", name) for name in names]
    return title(whole, once, " vs ".join(plain)) if len(set(plain)) == len(plain) else title(whole, once)
