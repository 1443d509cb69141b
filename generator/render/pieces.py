"""Pieces of a page as the expressions that give them, and the links among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from generator.render.expressions import Beyond, Code
from generator.render.links import begun, internal_links

AFTER_LINK = (b'"', b"#", b"?")
"""What may follow the path of an address."""

LONGEST_INSIDE = 100
"""Bytes of the longest known text that is repeated in each way of a choice beside it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Something to print.

    code : an expression that gives bytes. known : what it gives, where that is known. value : the expression of a page
    model's value that it prints, where it prints one. link : whether that is an address. weight : how many lookups it
    takes. parts : what it joins, where it does. tests, ways : of a choice, whose last way has no test.
    """

    code: str
    known: bytes | None = None
    value: str = ""
    link: bool = False
    weight: int = 1
    parts: tuple[Piece, ...] = ()
    tests: tuple[str, ...] = ()
    ways: tuple[Piece, ...] = ()


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
        if last.link and (piece.known is None or piece.known[:1] not in AFTER_LINK):
            raise Beyond("link")
        if self._all and piece.known is not None and last.known is not None:
            self._all[-1] = known(last.known + piece.known)
        else:
            self._all.append(piece)

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


def fewer(pieces: Iterable[Piece]) -> list[Piece]:
    """The same with known texts beside a choice taken into its ways, where these are known or joined anyway."""
    found: list[Piece] = []
    for piece in pieces:
        last = found[-1] if found else known(b"")
        if _takes(last, piece):
            found[-1] = choice(last.tests, [_row(way, piece) for way in last.ways])
        elif _takes(piece, last):
            found[-1] = choice(piece.tests, [_row(last, way) for way in piece.ways])
        else:
            found.append(piece)
    return found


def _takes(piece: Piece, beside: Piece) -> bool:
    small = beside.known and len(beside.known) <= LONGEST_INSIDE
    return bool(small and piece.ways and all(way.known is not None or way.parts for way in piece.ways))


def _row(*pieces: Piece) -> Piece:
    """Pieces one after the other."""
    found: list[Piece] = []
    for part in (part for piece in pieces for part in piece.parts or (piece,)):
        if found and part.known is not None and found[-1].known is not None:
            found[-1] = known(found[-1].known + part.known)
        else:
            found.append(part)
    return in_one(found)


def known_links(pieces: Iterable[Piece]) -> list[str]:
    """Where what is known leads to."""
    return sorted({path for piece in pieces for path in internal_links(piece.known or b"")})


def together(pieces: Sequence[Piece]) -> str:
    """The one piece, or a tuple of them."""
    codes = ", ".join(piece.code for piece in pieces)
    return codes if len(pieces) == 1 else f"({codes})"


def printed(value: Code) -> Piece:
    """What prints a value, and notes where it leads to."""
    if value.printed:
        return Piece(f"(lead((part := {value.text})[1]) or part[0])")
    if value.fresh:
        return Piece(f"fresh({value.text})")
    if not value.made:
        return Piece(f"escaped[{value.text}]", value=value.text)
    if value.leads_nowhere:
        return Piece(f"plain({value.text})")
    return Piece(f"(escaped[v] if (v := {value.text}).__class__ is str else marked(v, lead))")
