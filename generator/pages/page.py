"""What every page model is made of. No HTML here: templates decide how it looks."""

from __future__ import annotations

from msgspec import Struct

from generator.pages.structured import About


class Link(Struct, frozen=True):
    """Words that lead to a path of the site, or to another site's address."""

    text: str
    path: str


class Cell(Struct, frozen=True):
    """One table cell; ``mark`` names a state that the look shows besides the words, ``note`` is a small line below."""

    text: str
    path: str | None = None
    mark: str | None = None
    note: str | None = None


class Row(Struct, frozen=True):
    """One table row: the heading cell first, after all cells the figures that are nothing but text.

    current : marks the page's own subject. tags : what filters ask.
    """

    cells: tuple[Cell, ...]
    figures: tuple[str, ...] = ()
    current: bool = False
    tags: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """What stands in it, column by column."""
        return (*(cell.text for cell in self.cells), *self.figures)


class Table(Struct, frozen=True):
    """A table whose columns after the first hold numbers unless ``texts`` names them by index."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    texts: frozenset[int] = frozenset()


class Card(Struct, frozen=True):
    """One figure with its name and a line below."""

    label: str
    value: str
    note: str
    part: str = ""


class Segment(Struct, frozen=True):
    """A part of a bar: its kind (a colour), name, bytes and the figure as text."""

    part: str
    label: str
    size_bytes: int
    text: str


class Mark(Struct, frozen=True):
    """A memory size on a ruler, bytes; ``label`` is its name where the unit is clear, ``name`` in full."""

    label: str
    size_bytes: int
    name: str


class BarChart(Struct, frozen=True):
    """Parts of a total on a ruler of memory sizes, with the error range; ``table`` says the same."""

    title: str
    description: str
    segments: tuple[Segment, ...]
    total: str
    low_bytes: int
    high_bytes: int
    marks: tuple[Mark, ...]
    table: Table


class CurvePoint(Struct, frozen=True):
    """A total at one context, with its figure as text."""

    context: int
    label: str
    size_bytes: int
    text: str


class CurveLine(Struct, frozen=True):
    """Totals over the contexts at one quantization; ``chief`` among several is drawn stronger."""

    name: str
    points: tuple[CurvePoint, ...]
    chief: bool = True


class CurveChart(Struct, frozen=True):
    """Totals over the context, with memory sizes as levels."""

    title: str
    description: str
    lines: tuple[CurveLine, ...]
    marks: tuple[Mark, ...]


class Question(Struct, frozen=True):
    """A question with its answer in Markdown, figures filled in."""

    question: str
    answer: str


class Option(Struct, frozen=True):
    """A choice of a form field."""

    value: str
    label: str
    selected: bool = False


class Form(Struct, frozen=True):
    """The calculator's fields with the current choice."""

    action: str
    models: tuple[Option, ...]
    quantizations: tuple[Option, ...]
    contexts: tuple[Option, ...]
    engines: tuple[Option, ...]
    cache_types: tuple[Option, ...]
    note: str
    batch: int = 1


class Switch(Struct, frozen=True):
    """The fields that lead from one scenario of a model to another; ``model`` is its slug."""

    action: str
    model: str
    quantizations: tuple[Option, ...]
    contexts: tuple[Option, ...]


class Search(Struct, frozen=True):
    """The field that takes any spelling of a model's name; ``names`` are offered while typing."""

    action: str
    names: tuple[Option, ...] = ()


PICTURE_SIZE = 1200, 630
"""Width and height of pictures for link previews, pixels."""


class Picture(Struct, frozen=True):
    """What links to a page are shown with elsewhere, and the same in words."""

    path: str
    alt: str
    width: int = PICTURE_SIZE[0]
    height: int = PICTURE_SIZE[1]


class Page(Struct, frozen=True):
    """One page: where it is, what it is called, and its model.

    kind : the template's name. above : the pages between the site's first and this one, from the top.
    name : what it is called below these. indexable : whether search engines are asked to list it.
    about : what programs are told that the page is about. data : path of the same figures for scripts.
    picture : for link previews.
    """

    path: str
    kind: str
    title: str
    description: str
    heading: str
    body: object
    above: tuple[Link, ...] = ()
    name: str = ""
    indexable: bool = True
    about: About | None = None
    data: str = ""
    picture: Picture | None = None
