"""The models people ask about most on one device or group: how fast, how much context, what doesn't fit."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from msgspec import Struct

from generator import formats, urls
from generator.catalog import Catalog
from generator.pages.devices.by_size import path_of_model
from generator.pages.devices.runs import Run, Runs
from generator.pages.page import Cell, Link, Row, Table
from generator.pages.parts import holders as words
from generator.pages.parts.fitting import Beside, Whole
from generator.pages.parts.hardware import SPEED
from generator.pages.parts.holders import Section
from generator.pages.parts.pace import Pace
from generator.pages.parts.speeds import prompt_text
from generator.placement.holding import SHORT_CONTEXT, Holder, best, candidate_at, holder_of
from generator.scenarios import Atlas, Figures

COLUMNS = ("Model", "Quantization", SPEED, "How it answers")
OFFLOAD_COLUMNS = ("Model", "Quantization", SPEED, "How it answers", "In system memory", "That takes")
PACES = tuple(each.value for each in Pace)


class _Running(Struct, frozen=True):
    """A model at its best quantization; ``prompt`` says how long it reads, ``there`` is its context one step up."""

    slug: str
    name: str
    parameters: int
    whole: Whole
    prompt: str
    there: str | None

    @property
    def order(self) -> tuple[int, int]:
        """Fastest pace first, in it the largest model first."""
        return PACES.index(self.whole.pace), -self.parameters


def popular(
    atlas: Atlas, holder: Holder, larger: tuple[Holder, ...], runs: Runs, everything: Link
) -> Iterator[Section]:
    """What runs whole, what runs with a part in system memory, what doesn't run.

    larger : the next larger hardware. runs : how this runs each model. everything : leads to the list of all models.
    """
    catalog, of_model = atlas.catalog, {each[0]: each for each in runs}
    asked = [of_model[slug] for slug in catalog.site.common_models if slug in of_model]
    step = next(iter(larger), None)
    fitting = sorted(_fitting(atlas, asked, holder, step), key=lambda each: each.order)
    beside = [(slug, name, run.beside) for slug, name, run in asked if run.beside and not run.whole]
    if fitting:
        yield Section(
            "popular",
            "The models people ask about most",
            tuple(_paces(fitting)),
            tables=(_table(catalog, fitting, holder, step),),
            links=(everything,),
        )
    if beside:
        yield Section("system-memory", "With system memory beside it", tables=(_beside_table(catalog, beside, holder),))
    left = [name for _, name, run in asked if not (run.whole or run.beside)]
    if left:
        yield Section(
            "too-large", "What doesn't run", (f"No usual quantization of {formats.listed(left, 'or')} fits here.",)
        )
    if not fitting:
        yield Section("every-model", "Every model", links=(everything,))


def _fitting(
    atlas: Atlas, asked: list[tuple[str, str, Run]], holder: Holder, step: Holder | None
) -> Iterator[_Running]:
    slugs, larger = [slug for slug, _, _ in asked], step.slug if step else ""
    more = atlas.values(f"popular/{holder.slug}/{larger}", partial(_more, slug=holder.slug, larger=larger), slugs)
    for (slug, name, run), (prompt, there) in zip(asked, more, strict=True):
        if run.whole:
            yield _Running(slug, name, run.parameters, run.whole, prompt, there)


def _more(atlas: Atlas, figures: Figures, slug: str, larger: str) -> tuple[str, str | None]:
    """Time to read a prompt at the best quantization, and how much context that has on the next ``larger`` hardware."""
    catalog, holder = atlas.catalog, holder_of(atlas.catalog, slug)
    chosen = best(catalog, figures, holder)
    if chosen is None:
        return "", None
    prompt = prompt_text(catalog, chosen, holder)
    if not larger:
        return prompt, None
    step = holder_of(catalog, larger)
    found = candidate_at(catalog, figures, step, chosen.quantization)
    there, own = found.largest_context(step) if found else 0, chosen.largest_context(holder)
    return prompt, formats.number(there) if there > own else "no more"


def _paces(fitting: list[_Running]) -> Iterator[str]:
    """The largest model of each pace, fastest first, as one sentence."""
    largest: dict[str, _Running] = {}
    for each in fitting:
        largest.setdefault(each.whole.pace, each)
    largest.pop(Pace.UNKNOWN, None)
    parts = [f"{each.name} at {each.whole.name} answers {each.whole.pace}" for each in largest.values()]
    if parts:
        yield f"The largest at each pace: {'; '.join(parts)}."


def _table(catalog: Catalog, fitting: list[_Running], holder: Holder, step: Holder | None) -> Table:
    prompt = f"Reads {formats.context(SHORT_CONTEXT)} in"
    rows, path = [], path_of_model(catalog, holder)
    for each in fitting:
        whole = each.whole
        cells = [
            Cell(each.name, path(each.slug)),
            Cell(whole.name, urls.quantization_path(each.slug, whole.quantization)),
            Cell(whole.speed),
            Cell(whole.pace),
            Cell(each.prompt),
            Cell(whole.context),
        ]
        if each.there is not None:
            cells.append(Cell(each.there))
        rows.append(Row(tuple(cells)))
    columns = (*COLUMNS, prompt, "Largest context", *((f"On {words.with_article(step)}",) if step else ()))
    return Table(
        f"Popular models on {words.with_article(holder)}, fastest first", columns, tuple(rows), frozenset({1, 3})
    )


def _beside_table(catalog: Catalog, found: list[tuple[str, str, Beside]], holder: Holder) -> Table:
    found = sorted(found, key=lambda one: one[2].host_bytes)
    path = path_of_model(catalog, holder)
    rows = tuple(
        Row(
            (
                Cell(name, path(slug)),
                Cell(beside.name),
                Cell(beside.speed),
                Cell(beside.pace),
                Cell(beside.how),
                Cell(beside.host),
            )
        )
        for slug, name, beside in found
    )
    caption = f"Larger ones on {words.with_article(holder)} with {formats.context(SHORT_CONTEXT)} of context"
    return Table(caption, OFFLOAD_COLUMNS, rows, frozenset({1, 3, 4}))
