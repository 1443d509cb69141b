"""The models people ask about most on one device or group: how fast, how much context, what doesn't fit."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from msgspec import Struct

from generator import formats, urls
from generator.catalog import Catalog
from generator.pages.devices.next_hardware import steps_up
from generator.pages.devices.runs import Beside, Run, Runs, Whole, model_cell
from generator.pages.page import Cell, Link, Row, Table
from generator.pages.parts import holders as words
from generator.pages.parts.hardware import SPEED
from generator.pages.parts.holders import Section
from generator.pages.parts.pace import Pace, pace
from generator.pages.parts.speeds import prompt_text, speed_text
from generator.placement.holding import SHORT_CONTEXT, Holder, best, candidate_at, holder_of
from generator.scenarios import Atlas, Figures, Subject

COLUMNS = ("Model", "Quantization", SPEED, "How it answers")
OFFLOAD_COLUMNS = ("Model", "Quantization", SPEED, "How it answers", "In system memory", "That takes")
PACES = tuple(Pace)


class _Running(Struct, frozen=True):
    """A model at its best quantization; ``prompt`` says how long it reads, ``there`` is its context one step up."""

    subject: Subject
    run: Run
    whole: Whole
    prompt: str
    there: int | None

    @property
    def order(self) -> tuple[int, int]:
        """Fastest pace first, in it the largest model first."""
        return PACES.index(pace(self.whole.speed)), -self.run.parameters


def popular(atlas: Atlas, holder: Holder, runs: Runs, everything: Link) -> Iterator[Section]:
    """What runs whole, what runs with a part in system memory, what doesn't run.

    runs : how the hardware runs each model. everything : leads to the list of all models.
    """
    catalog = atlas.catalog
    asked = [(subject, run) for subject, run in runs if subject.model.slug in catalog.site.common_models]
    asked.sort(key=lambda each: catalog.site.common_models.index(each[0].model.slug))
    step = next(iter(steps_up(catalog, holder)), None)
    fitting = sorted(_fitting(atlas, asked, holder, step), key=lambda each: each.order)
    beside = [(subject, run.beside) for subject, run in asked if run.beside and not run.whole]
    if fitting:
        yield Section(
            "popular",
            "The models people ask about most",
            tuple(_paces(fitting, holder)),
            tables=(_table(catalog, fitting, holder, step),),
            links=(everything,),
        )
    if beside:
        yield Section("system-memory", "With system memory beside it", tables=(_beside_table(catalog, beside, holder),))
    left = [subject.model.name for subject, run in asked if not (run.whole or run.beside)]
    if left:
        yield Section(
            "too-large", "What doesn't run", (f"No usual quantization of {formats.listed(left, 'or')} fits here.",)
        )
    if not fitting:
        yield Section("every-model", "Every model", links=(everything,))


def _fitting(atlas: Atlas, asked: list[tuple[Subject, Run]], holder: Holder, step: Holder | None) -> Iterator[_Running]:
    slugs = [subject.model.slug for subject, run in asked]
    larger = step.slug if step else ""
    more = atlas.of_each(f"popular/{holder.slug}/{larger}", partial(_more, slug=holder.slug, larger=larger), slugs)
    for (subject, run), (_, (prompt, there)) in zip(asked, more, strict=True):
        if run.whole:
            yield _Running(subject, run, run.whole, prompt, there)


def _more(atlas: Atlas, figures: Figures, slug: str, larger: str) -> tuple[str, int | None]:
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
    return prompt, found.largest_context(step) if found else chosen.largest_context(holder)


def _paces(fitting: list[_Running], holder: Holder) -> Iterator[str]:
    """The largest model of each pace, fastest first, as one sentence."""
    largest: dict[Pace, _Running] = {}
    for each in fitting:
        largest.setdefault(pace(each.whole.speed), each)
    parts = [
        f"{each.subject.model.name} at {each.whole.name} {_answers(how)}"
        for how, each in largest.items()
        if how is not Pace.UNKNOWN
    ]
    if parts:
        yield f"The largest at each pace: {'; '.join(parts)}."


def _answers(how: Pace) -> str:
    return f"answers {how.value}"


def _table(catalog: Catalog, fitting: list[_Running], holder: Holder, step: Holder | None) -> Table:
    prompt = f"Reads {formats.context(SHORT_CONTEXT)} in"
    rows = []
    for each in fitting:
        whole, own = each.whole, each.whole.largest_context
        cells = [
            model_cell(catalog, each.subject, holder),
            Cell(whole.name, urls.quantization_path(each.subject.model.slug, whole.quantization)),
            Cell(speed_text(whole.speed)),
            Cell(pace(whole.speed).value),
            Cell(each.prompt),
            Cell(formats.number(own)),
        ]
        if each.there is not None:
            cells.append(Cell(formats.number(each.there) if each.there > own else "no more"))
        rows.append(Row(tuple(cells)))
    columns = (*COLUMNS, prompt, "Largest context", *((f"On {words.with_article(step)}",) if step else ()))
    return Table(
        f"Popular models on {words.with_article(holder)}, fastest first", columns, tuple(rows), frozenset({1, 3})
    )


def _beside_table(catalog: Catalog, found: list[tuple[Subject, Beside]], holder: Holder) -> Table:
    rows = tuple(
        Row(
            (
                model_cell(catalog, subject, holder),
                Cell(beside.name),
                Cell(speed_text(beside.speed)),
                Cell(pace(beside.speed).value),
                Cell(beside.how),
                Cell(formats.gib(beside.host_bytes)),
            )
        )
        for subject, beside in sorted(found, key=lambda one: one[1].host_bytes)
    )
    caption = f"Larger ones on {words.with_article(holder)} with {formats.context(SHORT_CONTEXT)} of context"
    return Table(caption, OFFLOAD_COLUMNS, rows, frozenset({1, 3, 4}))
