"""Lists of models, and the page model that most indexes share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator import formats, urls
from generator.catalog import Quantization
from generator.pages.facts import Facts, facts, parameters_text
from generator.pages.page import Cell, Form, Link, Row, Table
from generator.scenarios import Atlas, Subject


@dataclass(frozen=True, slots=True)
class ListBody:
    """Sentences, a Markdown text, tables and links: enough for every index."""

    sentences: tuple[str, ...] = ()
    text: str = ""
    tables: tuple[Table, ...] = ()
    links: tuple[Link, ...] = ()
    form: Form | None = None


MODEL_COLUMNS = ("Model", "Total", "Smallest memory", "Weights", "Longest context", "Parameters", "Released")
TEXT_COLUMNS = frozenset({5, 6})


def default_quantization(atlas: Atlas, subject: Subject) -> Quantization:
    """The site's default, or the largest of a model that hasn't got it."""
    chosen = atlas.catalog.quantizations[atlas.catalog.site.default_quantization]
    return chosen if subject.offers(chosen) else subject.quantizations[0]


def default_context(atlas: Atlas, subject: Subject) -> int:
    """The site's default context, tokens, or the longest below it that the model has."""
    wanted = atlas.catalog.site.context_ladder[atlas.catalog.site.default_context]
    return max((each for each in subject.contexts if each <= wanted), default=subject.contexts[0])


def default_facts(atlas: Atlas, subject: Subject) -> Facts:
    """The figures that lists of models compare."""
    return facts(subject, default_quantization(atlas, subject), default_context(atlas, subject))


def defaults_text(atlas: Atlas) -> str:
    """``Q4_K_M with 32K of context``, what lists of models compare at."""
    site = atlas.catalog.site
    context = formats.context(site.context_ladder[site.default_context])
    return f"{atlas.catalog.quantizations[site.default_quantization].name} with {context} of context"


def model_row(atlas: Atlas, subject: Subject, tags: str = "") -> Row:
    """A model with what it takes at the site's defaults."""
    found, model = default_facts(atlas, subject), subject.model
    held_by = found.memory_class
    cells = (
        Cell(model.name, urls.model_path(model.slug)),
        Cell(found.total_text),
        Cell(formats.memory_class(held_by.gb) if held_by else "several devices"),
        Cell(formats.size(found.estimate.weights_bytes)),
        Cell(formats.context(model.context_max)),
        Cell(parameters_text(subject)),
        Cell(formats.month(model.release)),
    )
    return Row(cells, tags=tags)


def model_table(atlas: Atlas, caption: str, subjects: Iterable[Subject]) -> Table:
    """Models with their memory, in the order given."""
    return Table(caption, MODEL_COLUMNS, tuple(model_row(atlas, subject) for subject in subjects), TEXT_COLUMNS)


def newest_first(subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    return tuple(sorted(subjects, key=lambda subject: (subject.model.release, subject.model.name), reverse=True))
