"""Lists of models, and the page model that most indexes share."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from generator import formats, urls
from generator.catalog.memory_class import MemoryClass, memory_classes
from generator.pages.facts import Facts, facts, parameters_text
from generator.pages.page import Cell, Form, Link, Row, Table
from generator.scenarios import Atlas, Figures, Subject


class ListBody(Struct, frozen=True):
    """Sentences, a Markdown text, tables and links: enough for every index."""

    sentences: tuple[str, ...] = ()
    text: str = ""
    tables: tuple[Table, ...] = ()
    links: tuple[Link, ...] = ()
    form: Form | None = None


MODEL_COLUMNS = (
    "Model",
    "Total",
    "Smallest memory",
    "Weights on the device",
    "Longest context",
    "Parameters",
    "Released",
)
TEXT_COLUMNS = frozenset({5, 6})


def default_context(atlas: Atlas, subject: Figures) -> int:
    """The site's default context, tokens, or the longest below it that the model has."""
    wanted = atlas.catalog.site.context_ladder[atlas.catalog.site.default_context]
    return max((each for each in subject.contexts if each <= wanted), default=subject.contexts[0])


def default_facts(atlas: Atlas, subject: Subject) -> Facts:
    """The figures at what to try first and the site's context."""
    return facts(subject, subject.usual, default_context(atlas, subject))


class Compared(Struct, frozen=True):
    """What lists of models compare, at what to try first, a quantization by name, and the site's context, tokens.

    apart : whether that isn't the site's default, so that it has to be said.
    held_by : the smallest memory size that holds the total, GB, if any.
    """

    quantization: str
    apart: bool
    context: int
    total_bytes: int
    total_high_bytes: int
    weights_device_bytes: int
    held_by: int | None
    context_max: int
    parameters: int
    parameters_text: str

    @property
    def total_text(self) -> str:
        return formats.size(self.total_bytes)

    @property
    def total_said(self) -> str:
        """``9.91 GB``, ``64.9 GB at MXFP4_MOE``."""
        return f"{self.total_text} at {self.quantization}" if self.apart else self.total_text


def sizes(atlas: Atlas) -> tuple[MemoryClass, ...]:
    """Sizes that devices of the first engine are sold with, smallest first."""
    return atlas.once("sizes", lambda inner: memory_classes(inner.catalog, next(iter(inner.catalog.engines))))


def sold_note(atlas: Atlas) -> str:
    """Why a total above the number in a size's name may fit it, shown by the size in the middle."""
    middle = sizes(atlas)[len(sizes(atlas)) // 2]
    return (
        f"Memory sizes are named as devices are sold, most of them in GiB: {formats.memory_class(middle.gb)} hold "
        f"{formats.size(middle.capacity_bytes)} as drivers report them."
    )


def compared(atlas: Atlas, subjects: Iterable[Subject]) -> tuple[tuple[Subject, Compared], ...]:
    """Models with what lists compare of them."""
    return tuple(atlas.of_each("lists", _compared, [subject.model.slug for subject in subjects]))


def _compared(atlas: Atlas, figures: Figures) -> Compared:
    quantization = figures.usual
    context = default_context(atlas, figures)
    estimate = figures.estimate(quantization, context)
    sizes = figures.memory_classes(figures.engine(quantization))
    return Compared(
        quantization.name,
        quantization.slug != atlas.catalog.site.default_quantization,
        context,
        estimate.total_bytes,
        estimate.total_high_bytes,
        estimate.weights_device_bytes,
        next((size.gb for size in sizes if size.capacity_bytes >= estimate.total_high_bytes), None),
        figures.context_max,
        figures.architecture.parameters(),
        parameters_text(figures),
    )


def models_text(atlas: Atlas) -> str:
    """``All 301 models``: what the index of models holds."""
    listed, count = len(atlas.catalog.listed), len(atlas.catalog.models)
    return f"All {count} models" if listed == count else f"{formats.number(listed)} of {formats.number(count)} models"


def listed_note(atlas: Atlas) -> tuple[str, ...]:
    """What a page about all models says where it shows some of them only."""
    listed, count = len(atlas.catalog.listed), len(atlas.catalog.models)
    if listed == count:
        return ()
    return (
        f"Of {formats.number(count)} models this page takes the {formats.number(listed)} that people ask about most or "
        "that are newest; the page of a family has all of its own.",
    )


def defaults_text(atlas: Atlas, found: Iterable[Compared]) -> str:
    """``Q4_K_M with 32K of context``, what a list compares at; ``Q4_K_M, or as noted,`` where some differ."""
    site = atlas.catalog.site
    context = formats.context(site.context_ladder[site.default_context])
    default = atlas.catalog.quantizations[site.default_quantization].name
    others = {each.quantization for each in found} - {default}
    return f"{default}{', or as noted,' if others else ''} with {context} of context"


def model_row(subject: Subject, found: Compared, tags: str = "") -> Row:
    """A model with what it takes at the site's defaults."""
    model = subject.model
    note = f"at {found.quantization}" if found.apart else None
    cells = (
        Cell(model.name, urls.model_path(model.slug), note=note),
        Cell(found.total_text),
        Cell(formats.smallest_memory(found.held_by)),
        Cell(formats.size(found.weights_device_bytes)),
        Cell(formats.context(found.context_max)),
        Cell(found.parameters_text),
        Cell(formats.month(model.release)),
    )
    return Row(cells, tags=tags)


def model_table(atlas: Atlas, name: str, subjects: Iterable[Subject]) -> Table:
    """Models with their memory, in the order given.

    name : what they are, to which the caption adds at what they are compared.
    """
    found = compared(atlas, subjects)
    rows = tuple(model_row(subject, each) for subject, each in found)
    caption = f"{name} at {defaults_text(atlas, (each for _, each in found))}"
    return Table(caption, MODEL_COLUMNS, rows, TEXT_COLUMNS)


def newest_first(subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    return tuple(sorted(subjects, key=lambda subject: (subject.model.release, subject.model.name), reverse=True))
