"""The models people ask about most on one device or group: how fast, how much context, what doesn't fit."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from msgspec import Struct

from generator import formats, urls
from generator.catalog import Catalog
from generator.pages.devices.by_size import model_paths
from generator.pages.devices.outlines import steps_up
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
    parameters: int
    whole: Whole
    prompt: str
    there: str | None

    @property
    def order(self) -> tuple[int, int]:
        """Fastest pace first, in it the largest model first."""
        return PACES.index(self.whole.pace), -self.parameters


def popular(atlas: Atlas, holder: Holder, runs: Runs, everything: Link) -> Iterator[Section]:
    """What runs whole, what runs with a part in system memory, what doesn't run.

    runs : how the hardware runs each model. everything : leads to the list of all models.
    """
    catalog, of_model = atlas.catalog, dict(runs)
    asked = [(slug, of_model[slug]) for slug in catalog.site.common_models if slug in of_model]
    step = next(iter(steps_up(atlas, holder)), None)
    fitting = sorted(_fitting(atlas, asked, holder, step), key=lambda each: each.order)
    beside = [(slug, run.beside) for slug, run in asked if run.beside and not run.whole]
    if fitting:
        yield Section(
            "popular",
            "The models people ask about most",
            tuple(_paces(catalog, fitting)),
            tables=(_table(catalog, fitting, holder, step),),
            links=(everything,),
        )
    if beside:
        yield Section("system-memory", "With system memory beside it", tables=(_beside_table(catalog, beside, holder),))
    left = catalog.names([slug for slug, run in asked if not (run.whole or run.beside)])
    if left:
        yield Section(
            "too-large", "What doesn't run", (f"No usual quantization of {formats.listed(left, 'or')} fits here.",)
        )
    if not fitting:
        yield Section("every-model", "Every model", links=(everything,))


def _fitting(atlas: Atlas, asked: list[tuple[str, Run]], holder: Holder, step: Holder | None) -> Iterator[_Running]:
    slugs, larger = [slug for slug, _ in asked], step.slug if step else ""
    more = atlas.values(f"popular/{holder.slug}/{larger}", partial(_more, slug=holder.slug, larger=larger), slugs)
    for (slug, run), (prompt, there) in zip(asked, more, strict=True):
        if run.whole:
            yield _Running(slug, run.parameters, run.whole, prompt, there)


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


def _paces(catalog: Catalog, fitting: list[_Running]) -> Iterator[str]:
    """The largest model of each pace, fastest first, as one sentence."""
    largest: dict[str, _Running] = {}
    for each in fitting:
        largest.setdefault(each.whole.pace, each)
    largest.pop(Pace.UNKNOWN, None)
    names = catalog.names([each.slug for each in largest.values()])
    parts = [
        f"{name} at {each.whole.name} answers {each.whole.pace}"
        for name, each in zip(names, largest.values(), strict=True)
    ]
    if parts:
        yield f"The largest at each pace: {'; '.join(parts)}."


def _table(catalog: Catalog, fitting: list[_Running], holder: Holder, step: Holder | None) -> Table:
    prompt = f"Reads {formats.context(SHORT_CONTEXT)} in"
    rows = []
    slugs = [each.slug for each in fitting]
    for name, path, each in zip(catalog.names(slugs), model_paths(catalog, holder, slugs), fitting, strict=True):
        whole = each.whole
        cells = [
            Cell(name, path),
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


def _beside_table(catalog: Catalog, found: list[tuple[str, Beside]], holder: Holder) -> Table:
    found = sorted(found, key=lambda one: one[1].host_bytes)
    slugs = [slug for slug, _ in found]
    rows = tuple(
        Row(
            (
                Cell(name, path),
                Cell(beside.name),
                Cell(beside.speed),
                Cell(beside.pace),
                Cell(beside.how),
                Cell(beside.host),
            )
        )
        for name, path, (_, beside) in zip(
            catalog.names(slugs), model_paths(catalog, holder, slugs), found, strict=True
        )
    )
    caption = f"Larger ones on {words.with_article(holder)} with {formats.context(SHORT_CONTEXT)} of context"
    return Table(caption, OFFLOAD_COLUMNS, rows, frozenset({1, 3, 4}))
