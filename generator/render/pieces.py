"""Pieces of a page as the expressions that give them, and the links among them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from generator.render.expressions import Beyond, Code
from generator.render.links import begun, internal_links

AFTER_LINK = (b'"', b"#", b"?")
"""What may follow the path of an address."""

PROSE = re.compile(rb'(<(title|desc|p|h1|li|code)( [^<>]*)?>| content=")\Z')
"""What stands before texts that are seldom the same twice."""

LONGEST_INSIDE = 100
"""Bytes of the longest known text that is kept with each text beside it, or repeated in each way of a choice."""

LONG = 4096
"""Bytes of a known text from which it stays a part of the page for itself: copying it into each page costs more."""

Wrapped = Callable[[bytes, bytes], str]
"""Names texts that stand between two known ones."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Something to print.

    code : an expression that gives bytes. known : what it gives, where that is known. value : the expression of a page
    model's value that it prints, where it prints one. link : whether that is an address. weight : how many lookups it
    takes. parts : what it joins, where it does. tests, ways : of a choice, whose last way has no test.
    before, after : known texts that are looked up together with a value.
    """

    code: str
    known: bytes | None = None
    value: str = ""
    link: bool = False
    weight: int = 1
    parts: tuple[Piece, ...] = ()
    tests: tuple[str, ...] = ()
    ways: tuple[Piece, ...] = ()
    before: bytes = b""
    after: bytes = b""

    @property
    def kept(self) -> bool:
        """Whether it is a text that is looked up."""
        return bool(self.before or self.after) or self.code == f"escaped[{self.value}]"


class Pieces:
    """What is printed in a row; neighbours that are known are put together."""

    def __init__(self) -> None:
        self._all: list[Piece] = []

    def add(self, piece: Piece) -> None:
        """Print one more.

        Raises
        ------
        Beyond : it would be a part of an address.
        """
        if piece.known == b"":
            return
        last = self._all[-1] if self._all else known(b"")
        if piece.known is None and last.known is not None and begun(last.known) is not None:
            if begun(last.known) or not piece.value:
                raise Beyond("link")
            piece = Piece(f"(link(v := {piece.value}) or escaped[v])", value=piece.value, link=True)
        elif piece.value and last.known and PROSE.search(last.known):
            piece = Piece(f"fresh({piece.value})", value=piece.value)
        if last.link and (piece.known is None or piece.known[:1] not in AFTER_LINK):
            raise Beyond("link")
        _append(self._all, piece)

    def ended(self) -> list[Piece]:
        """All of them.

        Raises
        ------
        Beyond : an address would go on after them.
        """
        if self._all and (self._all[-1].link or begun(self._all[-1].known or b"") is not None):
            raise Beyond("link")
        return self._all


def known(text: bytes) -> Piece:
    return Piece(repr(text), text)


def in_one(pieces: Sequence[Piece]) -> Piece:
    """Pieces as one."""
    if len(pieces) == 1:
        return pieces[0]
    return Piece(f"joined({together(pieces)})", weight=sum(piece.weight for piece in pieces), parts=tuple(pieces))


def choice(tests: Sequence[str], ways: Sequence[Piece]) -> Piece:
    """The first way whose test holds, else the last."""
    choices = (f"{way.code} if {test} else " for way, test in zip(ways, tests, strict=False))
    code, weight = f"({''.join(choices)}{ways[-1].code})", sum(way.weight for way in ways)
    return Piece(code, weight=weight, tests=tuple(tests), ways=tuple(ways))


def fewer(pieces: Iterable[Piece], wrapped: Wrapped) -> list[Piece]:
    """The same with short known texts looked up together with the text beside them, or taken into the ways of a choice
    where these are known, looked up or joined anyway.

    wrapped : names texts that stand between two known ones.
    """
    found: list[Piece] = []
    for piece in pieces:
        last = found[-1] if found else known(b"")
        if _takes(last, piece):
            found[-1] = _with(last, known(b""), piece, wrapped)
        elif _takes(piece, last):
            found[-1] = _with(piece, last, known(b""), wrapped)
        else:
            found.append(piece)
    return found


def _takes(piece: Piece, beside: Piece) -> bool:
    """Whether a piece can hold the known text that stands beside it."""
    small = beside.known and len(beside.known) <= LONGEST_INSIDE
    inside = piece.ways and all(way.known is not None or way.parts or way.kept for way in piece.ways)
    return bool(small and (piece.kept or inside))


def _with(piece: Piece, before: Piece, after: Piece, wrapped: Wrapped) -> Piece:
    """A text that is looked up, or a choice, with known texts on its sides."""
    if piece.ways:
        ways = [in_one(fewer(_merged((before, *(way.parts or (way,)), after)), wrapped)) for way in piece.ways]
        return choice(piece.tests, ways)
    first, last = (before.known or b"") + piece.before, piece.after + (after.known or b"")
    return replace(piece, code=f"{wrapped(first, last)}[{piece.value}]", before=first, after=last)


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    """Pieces with neighbours that are known put together."""
    found: list[Piece] = []
    for piece in pieces:
        if piece.known != b"":
            _append(found, piece)
    return found or [known(b"")]


def _append(pieces: list[Piece], piece: Piece) -> None:
    """Add one more, put together with the last where both are known."""
    if pieces and piece.known is not None and pieces[-1].known is not None:
        pieces[-1] = known(pieces[-1].known + piece.known)
    else:
        pieces.append(piece)


def apart(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """The same, cut after each long known piece."""
    found: list[list[Piece]] = [[]]
    for piece in pieces:
        found[-1].append(piece)
        if len(piece.known or b"") >= LONG:
            found.append([])
    return found


def known_links(pieces: Iterable[Piece]) -> list[str]:
    """Where what is known leads to."""
    return sorted({path for piece in pieces for path in internal_links(piece.known or b"")})


def together(pieces: Sequence[Piece]) -> str:
    """The one piece, or a tuple of them."""
    codes = ", ".join(piece.code for piece in pieces)
    return codes if len(pieces) == 1 else f"({codes})"


def printing(pieces: Sequence[Piece]) -> list[str]:
    """The lines that print pieces; ways of a choice that stands alone need no joining."""
    if len(pieces) > 1:
        return [f"add({together(pieces)})"]
    piece = pieces[0]
    if not piece.ways:
        return [f"out.append({piece.code})"]
    heads = (*(f"{'elif' if place else 'if'} {test}:" for place, test in enumerate(piece.tests)), "else:")
    lines: list[str] = []
    for head, way in zip(heads, piece.ways, strict=True):
        prints = ["pass"] if way.known == b"" else printing(way.parts or [way])
        lines += [head, *(f"    {line}" for line in prints)]
    return lines


def printed(value: Code) -> Piece:
    """What prints a value, and notes where it leads to."""
    if value.printed:
        return Piece(f"(lead((part := {value.text})[1]) or part[0])")
    if value.fresh:
        return Piece(f"fresh({value.text})")
    if not value.made:
        return Piece(f"escaped[{value.text}]", value=value.text)
    if value.leads_nowhere:
        return Piece(f"{value.text}.encode()")
    return Piece(f"(escaped[v] if (v := {value.text}).__class__ is str else marked(v, lead))")
