"""The scenario page: one model at one quantization with one context."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from generator import formats, urls
from generator.catalog import Quantization
from generator.pages import heads
from generator.pages.facts import facts, name_with_size
from generator.pages.page import BarChart, Link, Page, Question, Switch, Table
from generator.pages.parts import advice, charts, hardware
from generator.pages.parts.commands import Command, commands
from generator.pages.parts.nearby import steps_table
from generator.pages.parts.speeds import speed_note, timed
from generator.pages.parts.steps import Step, steps
from generator.pages.parts.vision import vision_beside
from generator.pages.scenario import words
from generator.pages.scenario.listed import reason
from generator.pages.scenario.memory_questions import memory_questions
from generator.pages.scenario.questions import fitting_questions
from generator.pages.scenario.verdict import verdict
from generator.pages.shared import above_quantizations, switch
from generator.scenarios import Atlas, Subject

MOST_RELATIVES = 4
"""Models of the family that are named."""


class ScenarioBody(Struct, frozen=True):
    """Everything a scenario page shows, in its order."""

    answer: tuple[str, ...]
    bar: BarChart
    nothing_fits: str
    hardware: tuple[Table, ...]
    speed: tuple[str, ...]
    verdict: str
    tips: tuple[str, ...]
    commands: tuple[Command, ...]
    steps: tuple[Step, ...]
    usual: tuple[str, ...]
    nearby: Table
    switch: Switch
    family: tuple[Link, ...]
    more: tuple[Link, ...]
    faq: tuple[Question, ...]


def scenario_page(atlas: Atlas, subject: Subject, quantization: Quantization, context: int) -> Page:
    """The page of one scenario."""
    found = facts(subject, quantization, context)
    devices = hardware.common_devices(atlas.catalog, found.engine, quantization)
    cards = hardware.common_cards(atlas.catalog, found.engine, quantization)
    fits = hardware.alone(found, devices)
    small = hardware.too_small(cards, fits)
    groups = () if hardware.on_one_consumer_card(fits) else hardware.together(found, small)
    ways = hardware.offloads(found, cards)
    alone, together = (timed(found, each[: hardware.MOST_ROWS], atlas.catalog) for each in (fits, groups))
    tables = (
        *((hardware.alone_table(found, alone),) if alone else ()),
        *((hardware.together_table(found, together),) if together else ()),
        *((hardware.offload_table(found, ways, atlas.catalog),) if ways else ()),
    )
    model = subject.model
    body = ScenarioBody(
        answer=(*words.answer(found, fits, groups), *vision_beside(found)),
        bar=charts.bar(found),
        nothing_fits="" if fits else hardware.nothing_fits(found, devices),
        hardware=tables,
        speed=speed_note(found, alone, atlas.catalog) if tables else (),
        verdict=verdict(found, fits, groups, ways),
        tips=tuple(advice.tips(found, fits)),
        commands=commands(found, ways, None if fits else groups),
        steps=steps(found),
        usual=words.usual(found),
        nearby=steps_table(found),
        switch=switch(atlas, subject, quantization, context),
        family=_family(atlas, subject),
        more=_more(subject, quantization),
        faq=(
            *fitting_questions(found, fits, groups, small),
            *memory_questions(found, alone or together, ways, devices, atlas.catalog),
        ),
    )
    size, called = found.total_text, f"{model.name} {quantization.name}, {found.context_text}"
    return Page(
        path=urls.scenario_path(model.slug, quantization.slug, context),
        kind="scenario",
        title=heads.title(f"{called} context: {size} VRAM", f"{called}: {size} VRAM", f"{called}: {size}"),
        description=heads.description(
            (
                f"{model.name} at {quantization.name} with {found.context_text} context needs {size} of GPU memory: "
                f"{formats.size(found.estimate.weights_device_bytes)} weights, {formats.size(found.cache_bytes)} cache.",
                f"Range {found.range_text}.",
            )
        ),
        heading=(
            f"How much VRAM does {name_with_size(subject)} need at {quantization.name} "
            f"with {found.context_text} context?"
        ),
        above=_above(subject, quantization),
        name=f"{found.context_text} context",
        body=body,
        indexable=reason(atlas, subject, quantization, context) is not None,
    )


@lru_cache(maxsize=64)
def _above(subject: Subject, quantization: Quantization) -> tuple[Link, ...]:
    """The pages above a scenario."""
    path = urls.quantization_path(subject.model.slug, quantization.slug)
    return *above_quantizations(subject), Link(quantization.name, path)


@lru_cache(maxsize=8)
def _family(atlas: Atlas, subject: Subject) -> tuple[Link, ...]:
    """The nearest models of the family."""
    return tuple(
        Link(each.name, urls.model_path(each.slug)) for each in atlas.catalog.kin(subject.model, MOST_RELATIVES)
    )


@lru_cache(maxsize=64)
def _more(subject: Subject, quantization: Quantization) -> tuple[Link, ...]:
    """Where other scenarios, other choices and what this one rests on are found."""
    name, hub = subject.model.name, urls.model_path(subject.model.slug)
    return (
        Link(
            f"{name} at {quantization.name}, every context",
            urls.quantization_path(subject.model.slug, quantization.slug),
        ),
        Link(f"{name} at all {len(subject.quantizations)} quantizations", hub),
        Link("Calculator", f"{hub}#calculator"),
        Link(f"More questions about {name}", f"{hub}#faq"),
        Link("Sources of its config", f"{hub}#sources"),
        Link("What each step rests on", urls.METHODOLOGY_PATH),
        Link("How near measurements come", urls.ACCURACY_PATH),
    )
