"""Lists of models, and the page model that most indexes share."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from generator import formats, urls
from generator.catalog import Quantization
from generator.catalog.memory_class import MemoryClass, memory_classes
from generator.pages.facts import Facts, facts, parameters_text
from generator.pages.page import Cell, Form, Link, Row, Table
from generator.scenarios import Atlas, Figures, Subject
from generator.scenarios.figures import GGUF_ENGINE


class ListBody(Struct, frozen=True):
    """Sentences, a Markdown text, tables and links: enough for every index."""

    sentences: tuple[str, ...] = ()
    text: str = ""
    tables: tuple[Table, ...] = ()
    links: tuple[Link, ...] = ()
    form: Form | None = None


MODEL_COLUMNS = ("Model", "Total", "Smallest memory", "Weights", "Longest context", "Parameters", "Released")
TEXT_COLUMNS = frozenset({5, 6})


def default_quantization(atlas: Atlas, subject: Figures) -> Quantization:
    """The form in which the model is published for llama.cpp, else the site's default, else the largest."""
    chosen = atlas.catalog.quantizations[atlas.catalog.site.default_quantization]
    return subject.published_in(GGUF_ENGINE) or (chosen if subject.offers(chosen) else subject.quantizations[0])


def default_context(atlas: Atlas, subject: Figures) -> int:
    """The site's default context, tokens, or the longest below it that the model has."""
    wanted = atlas.catalog.site.context_ladder[atlas.catalog.site.default_context]
    return max((each for each in subject.contexts if each <= wanted), default=subject.contexts[0])


def default_facts(atlas: Atlas, subject: Subject) -> Facts:
    """The figures at the site's defaults."""
    return facts(subject, default_quantization(atlas, subject), default_context(atlas, subject))


class Compared(Struct, frozen=True):
    """What lists of models compare, at the site's defaults: a quantization, by name, and a context, tokens.

    held_by : the smallest memory size that holds the total, GB, if any.
    """

    quantization: str
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
    quantization = default_quantization(atlas, figures)
    context = default_context(atlas, figures)
    estimate = figures.estimate(quantization, context)
    sizes = figures.memory_classes(figures.engine(quantization))
    return Compared(
        quantization.name,
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


def defaults_text(atlas: Atlas) -> str:
    """``Q4_K_M with 32K of context``, what lists of models compare at, but for those published in another form."""
    site = atlas.catalog.site
    context = formats.context(site.context_ladder[site.default_context])
    return f"{atlas.catalog.quantizations[site.default_quantization].name} with {context} of context"


def model_row(subject: Subject, found: Compared, tags: str = "") -> Row:
    """A model with what it takes at the site's defaults."""
    model = subject.model
    cells = (
        Cell(model.name, urls.model_path(model.slug)),
        Cell(found.total_text),
        Cell(formats.memory_class(found.held_by) if found.held_by else "several devices"),
        Cell(formats.size(found.weights_device_bytes)),
        Cell(formats.context(found.context_max)),
        Cell(found.parameters_text),
        Cell(formats.month(model.release)),
    )
    return Row(cells, tags=tags)


def model_table(atlas: Atlas, caption: str, subjects: Iterable[Subject]) -> Table:
    """Models with their memory, in the order given."""
    rows = tuple(model_row(subject, found) for subject, found in compared(atlas, subjects))
    return Table(caption, MODEL_COLUMNS, rows, TEXT_COLUMNS)


def newest_first(subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    return tuple(sorted(subjects, key=lambda subject: (subject.model.release, subject.model.name), reverse=True))
