"""The models people ask about most on one device or group: how fast, how much context, what doesn't fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator import formats, urls
from generator.catalog import Catalog
from generator.pages import holders as words
from generator.pages.hardware import SPEED
from generator.pages.holders import Section
from generator.pages.next_hardware import steps_up
from generator.pages.pace import Pace, pace
from generator.pages.page import Cell, Link, Row, Table
from generator.pages.speeds import offloaded_speed, prompt_text, speed_of, speed_text
from generator.pages.system_memory import system_memory_way
from generator.placement import Offload
from generator.placement.holding import SHORT_CONTEXT, Candidate, Holder, best, candidates, usual
from generator.placement.speed import Speed
from generator.scenarios import Atlas, Subject

COLUMNS = ("Model", "Quantization", "How it answers", SPEED)
OFFLOAD_COLUMNS = ("Model", "Quantization", "In system memory", "That takes", "How it answers", SPEED)
PACES = tuple(Pace)


@dataclass(frozen=True, slots=True)
class _Running:
    """A model at its best quantization with its speed."""

    subject: Subject
    chosen: Candidate
    speed: Speed | None

    @property
    def order(self) -> tuple[int, int]:
        """Fastest pace first, in it the largest model first."""
        return PACES.index(pace(self.speed)), -self.subject.architecture.parameters()


@dataclass(frozen=True, slots=True)
class _Beside:
    """A model of which system memory keeps a part."""

    subject: Subject
    chosen: Candidate
    how: str
    offload: Offload
    speed: Speed | None


def popular(atlas: Atlas, holder: Holder, everything: Link) -> Iterator[Section]:
    """What runs whole, what runs with a part in system memory, what doesn't run.

    everything : leads to the list of all models.
    """
    catalog = atlas.catalog
    asked = [atlas.subject(slug) for slug in catalog.site.common_models if slug in catalog.models]
    fitting = sorted(_fitting(catalog, asked, holder), key=lambda each: each.order)
    whole = {each.subject.model.slug for each in fitting}
    rest = [subject for subject in asked if subject.model.slug not in whole]
    beside = list(_beside(catalog, rest, holder))
    if fitting:
        yield Section(
            "popular",
            "The models people ask about most",
            tuple(_paces(fitting, holder)),
            tables=(_table(catalog, fitting, holder),),
            links=(everything,),
        )
    if beside:
        yield Section("system-memory", "With system memory beside it", tables=(_beside_table(catalog, beside, holder),))
    shared = {each.subject.model.slug for each in beside}
    left = [subject.model.name for subject in rest if subject.model.slug not in shared]
    if left:
        yield Section("too-large", "What doesn't run", (f"No usual quantization of {_either(left)} fits here.",))
    if not fitting:
        yield Section("every-model", "Every model", links=(everything,))


def _fitting(catalog: Catalog, asked: list[Subject], holder: Holder) -> Iterator[_Running]:
    for subject in asked:
        chosen = best(catalog, subject, holder)
        if chosen is not None:
            yield _Running(subject, chosen, speed_of(catalog, chosen, holder))


def _beside(catalog: Catalog, asked: list[Subject], holder: Holder) -> Iterator[_Beside]:
    if holder.count > 1 or holder.device.unified_memory:
        return
    for subject in asked:
        wanted = usual(catalog, subject)
        chosen = next((each for each in candidates(catalog, subject, holder) if each.quantization is wanted), None)
        if chosen is None or not subject.offloads(chosen.engine):
            continue
        way = system_memory_way(chosen, holder.device)
        if way is not None:
            yield _Beside(subject, chosen, *way, offloaded_speed(catalog, chosen, way[1]))


def _paces(fitting: list[_Running], holder: Holder) -> Iterator[str]:
    """The largest model of each pace, fastest first, as one sentence."""
    largest: dict[Pace, _Running] = {}
    for each in fitting:
        largest.setdefault(pace(each.speed), each)
    parts = [
        f"{each.subject.model.name} at {each.chosen.quantization.name} {_answers(how)}"
        for how, each in largest.items()
        if how is not Pace.UNKNOWN
    ]
    if parts:
        yield f"The largest at each pace: {'; '.join(parts)}."


def _answers(how: Pace) -> str:
    return f"answers {how.value}"


def _table(catalog: Catalog, fitting: list[_Running], holder: Holder) -> Table:
    step = next(iter(steps_up(catalog, holder)), None)
    prompt = f"Reads {formats.context(SHORT_CONTEXT)} in"
    rows = []
    for each in fitting:
        chosen, own = each.chosen, each.chosen.largest_context(holder)
        cells = [
            _model(catalog, each.subject, holder),
            Cell(chosen.quantization.name, urls.quantization_path(each.subject.model.slug, chosen.quantization.slug)),
            Cell(pace(each.speed).value),
            Cell(speed_text(each.speed)),
            Cell(prompt_text(catalog, chosen, holder)),
            Cell(formats.number(own)),
        ]
        if step is not None:
            cells.append(_there(catalog, each, step, own))
        rows.append(Row(tuple(cells)))
    columns = (*COLUMNS, prompt, "Largest context", *((f"On {words.with_article(step)}",) if step else ()))
    return Table(
        f"Popular models on {words.with_article(holder)}, fastest first", columns, tuple(rows), frozenset({1, 2})
    )


def _there(catalog: Catalog, each: _Running, step: Holder, own: int) -> Cell:
    """The largest context of the same quantization on the next larger hardware."""
    same = (one for one in candidates(catalog, each.subject, step) if one.quantization is each.chosen.quantization)
    found = next(same, None)
    reached = found.largest_context(step) if found else own
    return Cell(formats.number(reached) if reached > own else "no more")


def _beside_table(catalog: Catalog, beside: list[_Beside], holder: Holder) -> Table:
    rows = tuple(
        Row(
            (
                _model(catalog, each.subject, holder),
                Cell(each.chosen.quantization.name),
                Cell(each.how),
                Cell(formats.gib(each.offload.host_bytes)),
                Cell(pace(each.speed).value),
                Cell(speed_text(each.speed)),
            )
        )
        for each in sorted(beside, key=lambda one: one.offload.host_bytes)
    )
    caption = f"Larger ones on {words.with_article(holder)} with {formats.context(SHORT_CONTEXT)} of context"
    return Table(caption, OFFLOAD_COLUMNS, rows, frozenset({1, 2, 4}))


def _model(catalog: Catalog, subject: Subject, holder: Holder) -> Cell:
    slug = subject.model.slug
    has_page = words.has_model_pages(catalog, holder)
    return Cell(subject.model.name, urls.on_device_path(slug, holder.slug) if has_page else urls.model_path(slug))


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
