"""The scenario page: one model at one quantization with one context."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from msgspec import Struct

from generator import formats, urls
from generator.catalog import Device, Quantization
from generator.memory.work import token_reads
from generator.pages import heads
from generator.pages.facts import Facts, common_and, facts, name_with_size
from generator.pages.page import BarChart, Card, Cell, CurveChart, Form, Link, Page, Question, Row, Table
from generator.pages.parts import advice, charts, hardware
from generator.pages.parts.commands import Command, commands
from generator.pages.parts.speeds import speed_note
from generator.pages.parts.steps import Step, steps
from generator.pages.scenario import words
from generator.pages.scenario.listed import reason
from generator.pages.scenario.memory_questions import memory_questions
from generator.pages.scenario.questions import fitting_questions
from generator.pages.scenario.verdict import verdict
from generator.pages.shared import HOME, MODELS, family_links, form, model_link, relatives
from generator.placement import experts_in_ram
from generator.scenarios import Atlas, Subject

MORE_LINKS = 12
KEPT_ROWS = 4096
"""Rows and links that neighbouring pages share; more than one model has of each."""


class ScenarioBody(Struct, frozen=True):
    """Everything a scenario page shows, in its order."""

    answer: tuple[str, ...]
    cards: tuple[Card, ...]
    bar: BarChart
    form: Form
    accuracy: tuple[str, ...]
    usual: tuple[str, ...]
    tips: tuple[str, ...]
    nothing_fits: str
    hardware: tuple[Table, ...]
    speed: tuple[str, ...]
    commands: tuple[Command, ...]
    steps: tuple[Step, ...]
    placements: Table | None
    verdict: str
    quantizations: Table
    all_quantizations: Link
    contexts: Table
    curve: CurveChart
    more: tuple[Link, ...]
    fitting: tuple[Question, ...]
    faq: tuple[Question, ...]
    all_questions: Link
    sources: tuple[str, ...]


def scenario_page(atlas: Atlas, subject: Subject, quantization: Quantization, context: int) -> Page:
    """The page of one scenario."""
    found = facts(subject, quantization, context)
    devices = hardware.common_devices(atlas.catalog, found.engine, quantization)
    cards = hardware.common_cards(atlas.catalog, found.engine, quantization)
    fits = hardware.alone(found, devices)
    small = hardware.too_small(found, cards)
    groups = () if hardware.on_one_consumer_card(fits) else hardware.together(found, small)
    ways = hardware.offloads(found, cards)
    others = advice.others_by_size(found)
    tables = (
        *((hardware.alone_table(found, fits, atlas.catalog),) if fits else ()),
        *((hardware.together_table(found, groups, atlas.catalog),) if groups else ()),
        *((hardware.offload_table(found, ways, atlas.catalog),) if ways else ()),
    )
    model = subject.model
    body = ScenarioBody(
        answer=words.answer(found, fits, groups),
        cards=_cards(found),
        bar=charts.bar(found),
        form=form(atlas, subject, quantization.slug, context, found.engine),
        accuracy=words.accuracy(subject, found.engine),
        usual=words.usual(found),
        tips=tuple(advice.tips(found, fits)),
        nothing_fits="" if fits else hardware.nothing_fits(found, devices),
        hardware=tables,
        speed=speed_note(found, fits, atlas.catalog) if tables else (),
        commands=commands(found, ways),
        steps=steps(found),
        placements=_placements(found, devices),
        verdict=verdict(found, fits, groups, ways),
        quantizations=_quantization_table(found),
        all_quantizations=Link(
            f"All {len(subject.quantizations)} quantizations of {model.name}", urls.model_path(model.slug)
        ),
        contexts=_context_table(found),
        curve=charts.curve(found, context),
        more=_more(atlas, found),
        fitting=fitting_questions(found, others, fits, groups, small),
        faq=memory_questions(found, fits or groups, ways, atlas.catalog),
        all_questions=Link(f"More questions about {model.name}", f"{urls.model_path(model.slug)}#faq"),
        sources=model.sources,
    )
    size, called = found.total_text, f"{model.name} {quantization.name}, {found.context_text}"
    return Page(
        path=urls.scenario_path(model.slug, quantization.slug, context),
        kind="scenario",
        title=heads.title(f"{called} context: {size} VRAM", f"{called}: {size} VRAM", f"{called}: {size}"),
        description=heads.description(
            (
                f"{model.name} at {quantization.name} with {found.context_text} of context needs {size} of GPU memory: "
                f"{formats.size(found.estimate.weights_device_bytes)} weights, {formats.size(found.cache_bytes)} cache.",
                f"Range {found.range_text}.",
            )
        ),
        heading=(
            f"How much VRAM does {name_with_size(subject)} need at {quantization.name} "
            f"with {found.context_text} context?"
        ),
        crumbs=(
            HOME,
            MODELS,
            model_link(subject),
            Link(quantization.name, urls.quantization_path(model.slug, quantization.slug)),
            Link(f"{found.context_text} context", urls.scenario_path(model.slug, quantization.slug, context)),
        ),
        body=body,
        indexable=reason(atlas, subject, quantization, context) is not None,
    )


def _cards(found: Facts) -> tuple[Card, ...]:
    estimate = found.estimate
    share = formats.percent(estimate.weights_device_bytes / estimate.total_bytes)
    cards = [
        Card("Total", found.total_text, f"range {found.range_text}", "total"),
        Card("Weights", formats.size(estimate.weights_device_bytes), f"{share} of the total", "weights"),
        *cache_cards(found),
    ]
    compute = formats.size(estimate.compute_bytes)
    cards.append(
        Card("Overhead", formats.size(found.overhead_bytes), f"{compute} compute buffer, rest driver", "compute")
    )
    return tuple(cards)


def cache_cards(found: Facts) -> Iterator[Card]:
    """What is kept for past tokens: KV cache, recurrent state or both."""
    estimate = found.estimate
    if estimate.kv_cache_bytes or not estimate.recurrent_state_bytes:
        yield Card("KV cache", formats.size(estimate.kv_cache_bytes), f"for {formats.tokens(found.context)}", "cache")
    if estimate.recurrent_state_bytes:
        yield Card("Recurrent state", formats.size(estimate.recurrent_state_bytes), "for one sequence", "state")


def _placements(found: Facts, devices: tuple[Device, ...]) -> Table | None:
    """All resident, experts in system memory, and what a token touches, each defined."""
    if not found.offloads:
        return None
    device = next(each for each in devices if each.vendor == found.subject.vendor(found.engine))
    estimate, architecture = found.estimate, found.subject.architecture
    offload = experts_in_ram(found.estimator, found.context, device, found.band.error)
    if offload is None:
        return None
    reads = token_reads(found.estimator, found.context)
    rows = (
        ("All resident", found.total_text, formats.size(estimate.host_bytes), "Everything on the device: fastest."),
        (
            "Experts in system memory",
            formats.size(offload.device_bytes),
            formats.size(offload.host_bytes),
            "Routed experts are read from RAM, attention and cache stay on the device.",
        ),
        (
            "Touched by one token",
            formats.size(reads.weights_bytes + reads.experts_bytes),
            "–",
            f"The {formats.parameters(architecture.parameters_active())} active parameters; they set the speed.",
        ),
    )
    return Table(
        "Where the experts are",
        ("Placement", "Device", "System memory", "What it means"),
        tuple(Row(tuple(Cell(text) for text in row)) for row in rows),
        frozenset({3}),
    )


def _quantization_table(found: Facts) -> Table:
    subject, own = found.subject, found.quantization
    rows = tuple(quantization_row(subject, q, found.context, q is own) for q in common_and(subject, own))
    caption = f"{found.name} with {found.context_text} of context at the quantizations most asked for"
    return Table(caption, ("Quantization", "Weights", "Total", "Smallest memory class"), rows)


@lru_cache(maxsize=KEPT_ROWS)
def quantization_row(subject: Subject, quantization: Quantization, context: int, current: bool) -> Row:
    """Weights, total and memory class, one row for all pages that show it."""
    found = facts(subject, quantization, context)
    path = None if current else urls.scenario_path(subject.model.slug, quantization.slug, context)
    cells = (
        Cell(quantization.name, path),
        Cell(formats.size(found.estimate.weights_bytes)),
        Cell(found.total_text),
        Cell(_memory_class(found)),
    )
    return Row(cells, current)


def context_rows(found: Facts, current: int | None) -> tuple[Row, ...]:
    """Cache, total and memory class at every context of the model."""
    subject, quantization = found.subject, found.quantization
    return tuple(context_row(subject, quantization, context, context == current) for context in subject.contexts)


@lru_cache(maxsize=KEPT_ROWS)
def context_row(subject: Subject, quantization: Quantization, context: int, current: bool) -> Row:
    """Cache, total and memory class, one row for all pages that show it."""
    if current:
        _, *cells = context_row(subject, quantization, context, False).cells
        return Row((Cell(formats.context(context)), *cells), True)
    found = facts(subject, quantization, context)
    cells = [
        Cell(found.context_text, urls.scenario_path(subject.model.slug, quantization.slug, context)),
        Cell(formats.size(found.cache_bytes)),
        Cell(found.total_text),
        Cell(found.range_text),
        Cell(_memory_class(found)),
    ]
    return Row(tuple(cells))


CONTEXT_COLUMNS = ("Context", "Cache", "Total", "Range", "Smallest memory class")


def _context_table(found: Facts) -> Table:
    caption = f"{found.name} at {found.quantization.name} with other contexts"
    return Table(caption, CONTEXT_COLUMNS, context_rows(found, found.context))


def _memory_class(found: Facts) -> str:
    """The smallest size that holds it, as text."""
    smallest = found.memory_class
    return formats.memory_class(smallest.gb) if smallest else "several devices"


def _more(atlas: Atlas, found: Facts) -> tuple[Link, ...]:
    """Scenarios of the family at the same quantization and the nearest context that each has."""
    relatives = _relatives(atlas, found.subject, found.quantization)
    links = tuple(_nearest_scenario(each, found.quantization, found.context) for each in relatives)
    return links or family_links(atlas, found.subject.model)


class _Relative(Struct, frozen=True):
    """What links to another model's scenarios say of it."""

    slug: str
    name: str
    contexts: tuple[int, ...]


@lru_cache(maxsize=8)
def _relatives(atlas: Atlas, subject: Subject, quantization: Quantization) -> tuple[_Relative, ...]:
    """The models of the family nearest in the alphabet that have a form of the quantization."""
    others = (atlas.subject(other.slug) for other in relatives(atlas, subject.model))
    offering = islice((other for other in others if other.offers(quantization)), MORE_LINKS)
    return tuple(_Relative(each.model.slug, each.model.name, each.contexts) for each in offering)


def _nearest_scenario(other: _Relative, quantization: Quantization, wanted: int) -> Link:
    """A model at a quantization with the longest of its contexts up to the wanted one."""
    context = other.contexts[bisect_right(other.contexts, wanted, 1) - 1]
    words_of_it = f"{other.name} at {quantization.name} with {formats.context(context)}"
    return Link(words_of_it, urls.scenario_path(other.slug, quantization.slug, context))
