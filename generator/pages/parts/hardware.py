"""The hardware part of a page: what holds a scenario alone, what holds it together, what with system memory."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from generator import formats, urls
from generator.catalog import Catalog, Device, Quantization
from generator.catalog.generation import Generation
from generator.pages.facts import Facts
from generator.pages.page import Cell, Row, Table
from generator.pages.parts.holders import short_name
from generator.pages.parts.speeds import Timed, offload_speed, speed_text
from generator.pages.parts.system_memory import LEAST_LAYERS, experts_kept
from generator.placement import (
    Fit,
    Offload,
    Verdict,
    fewest_experts_in_ram,
    held_by,
    layers_in_ram,
    nearest,
    one_device,
    several,
)

SPEED = "Tokens a second"
ALONE_COLUMNS = ("Device", "Verdict", SPEED, "Stays free", "Driver reports")
TOGETHER_COLUMNS = ("Devices", SPEED, "Stays free", "Fullest holds", "Each reports")
OFFLOAD_COLUMNS = ("Device", "How", SPEED, "Device holds", "System memory holds")
WORDS_SECOND = frozenset({1})
"""The columns that hold words, where only the second does. Like the headings above it is one value for all pages, so
that their common heads are printed once."""

MOST_ROWS = 8
SEVERAL_ROWS = 5
TOGETHER = {"vllm": "Several devices, each layer cut among them"}
"""How engines share a model among devices, where it isn't by whole layers."""

HOME_SEGMENTS = ("consumer", "laptop", "unified")
WORDS = {Verdict.FITS: "fits", Verdict.TIGHT: "tight", Verdict.NO: "no"}
VERDICT_CELLS = {verdict: Cell(word, mark=verdict.value) for verdict, word in WORDS.items()}


@lru_cache(maxsize=64)
def common_devices(catalog: Catalog, engine: str, quantization: Quantization) -> tuple[Device, ...]:
    """The devices that people ask about most of those that run a quantization in an engine, smallest first.

    Of those with as many GiB cards come first, then what reads its memory slower, which costs less.
    """
    return _of_generations(catalog, catalog.generations(engine, quantization))


@lru_cache(maxsize=64)
def _of_generations(catalog: Catalog, generations: frozenset[Generation]) -> tuple[Device, ...]:
    """The same for all quantizations that run on the same hardware."""
    asked_about = (catalog.devices[slug] for slug in catalog.site.common_devices)
    chosen = (device for device in asked_about if device.generation in generations)
    return tuple(sorted(chosen, key=_smallest_first))


def _smallest_first(device: Device) -> tuple[int, bool, float]:
    return round(device.memory_bytes / formats.GIB), device.unified_memory, device.bandwidth_gb_s or 0


@lru_cache(maxsize=64)
def common_cards(catalog: Catalog, engine: str, quantization: Quantization) -> tuple[Device, ...]:
    """Of those the cards with memory of their own, the first of each marketed size."""
    return _cards_of(common_devices(catalog, engine, quantization))


@lru_cache(maxsize=64)
def _cards_of(devices: tuple[Device, ...]) -> tuple[Device, ...]:
    chosen: dict[float, Device] = {}
    for device in devices:
        if not device.unified_memory:
            chosen.setdefault(device.memory_gb_marketed, device)
    return tuple(chosen.values())


def on_one_consumer_card(fits: Iterable[Fit]) -> bool:
    """Whether a single card as people build it in at home surely holds it."""
    return any(fit.verdict is Verdict.FITS and fit.device.segment == "consumer" for fit in fits)


@lru_cache(maxsize=256)
def _alone_cells(model: str, device: Device, verdict: Verdict) -> tuple[Cell, Cell]:
    """A device, with the way to the model's page on it, and whether it holds a scenario."""
    return _device_cell(model, device), VERDICT_CELLS[verdict]


@lru_cache(maxsize=128)
def _device_cell(model: str, device: Device) -> Cell:
    """A device, with the way to the model's page on it."""
    return Cell(short_name(device), urls.on_device_path(model, device.slug))


@lru_cache(maxsize=256)
def _several_cells(count: int, device: Device) -> tuple[Cell]:
    """Some devices of one kind, with the way to its page."""
    return (Cell(f"{count} × {short_name(device)}", urls.device_path(device.slug)),)


def alone(facts: Facts, devices: Iterable[Device]) -> tuple[Fit, ...]:
    """The common devices that hold the scenario, at least at the middle of its range, tightest first."""
    return tuple(held_by(facts.estimate, devices, facts.pytorch))


def too_small(cards: Iterable[Device], fits: Iterable[Fit]) -> tuple[Device, ...]:
    """Those of the common cards that don't hold the scenario even at the middle of its range.

    fits : the common devices that do.
    """
    held = {fit.device.slug for fit in fits}
    return tuple(card for card in cards if card.slug not in held)


def alone_table(facts: Facts, fits: Timed) -> Table:
    model = facts.subject.model.slug
    rows = tuple(
        Row(
            _alone_cells(model, fit.device, fit.verdict),
            (speed_text(speed), formats.gib(fit.headroom_bytes), formats.gib(fit.device.memory_bytes)),
        )
        for fit, speed in fits
    )
    return Table("One device", ALONE_COLUMNS, rows, WORDS_SECOND)


def together(facts: Facts, small: Iterable[Device]) -> tuple[Fit, ...]:
    """How many of each card that is too small alone hold the scenario together: fewest first."""
    found = (several(facts.estimator, facts.context, device, facts.band.error) for device in small)
    return tuple(sorted((fit for fit in found if fit), key=lambda fit: (fit.count, fit.capacity_bytes)))


def together_table(facts: Facts, fits: Timed) -> Table:
    rows = tuple(
        Row(
            _several_cells(fit.count, fit.device),
            (
                speed_text(speed),
                formats.gib(fit.headroom_bytes),
                formats.gib(fit.used_bytes),
                formats.gib(fit.device.memory_bytes),
            ),
        )
        for fit, speed in fits[:SEVERAL_ROWS]
    )
    return Table(TOGETHER.get(facts.engine, "Several devices, layers split among them"), TOGETHER_COLUMNS, rows)


def offloads(facts: Facts, cards: Iterable[Device]) -> tuple[tuple[str, Offload], ...]:
    """Ways with a part in system memory, with their names, for cards too small to hold it all, smallest card first.

    Routed experts go there first, of as few layers as need be; whole layers where there are none, or too large a rest.
    """
    if not facts.offloads:
        return ()
    found: list[tuple[str, Offload]] = []
    for device in cards:
        if len(found) == SEVERAL_ROWS or one_device(facts.estimate, device, facts.pytorch).verdict is not Verdict.NO:
            break
        experts = fewest_experts_in_ram(facts.estimator, facts.context, device, facts.band.error)
        if experts:
            found.append((f"{experts_kept(facts.estimator, experts)} in system memory", experts))
            continue
        layers = layers_in_ram(facts.estimator, facts.context, device, facts.band.error)
        of = facts.subject.architecture.num_layers
        if layers and of * LEAST_LAYERS <= layers.layers_on_device < of:
            found.append((f"{layers.layers_on_device} of {of} layers on the device", layers))
    return tuple(found)


def fastest_at_home(ways: tuple[tuple[str, Offload], ...]) -> tuple[str, Offload] | None:
    """The way that leaves most on a card that people have at home, else on any."""
    at_home = [way for way in ways if way[1].device.segment in HOME_SEGMENTS]
    return next(reversed(at_home or ways), None)


def offload_table(facts: Facts, found: tuple[tuple[str, Offload], ...], catalog: Catalog) -> Table:
    model = facts.subject.model.slug
    rows = tuple(
        Row(
            (_device_cell(model, offload.device), Cell(how)),
            (
                speed_text(offload_speed(facts, offload, catalog)),
                formats.gib(offload.device_bytes),
                formats.gib(offload.host_bytes),
            ),
        )
        for how, offload in found[:SEVERAL_ROWS]
    )
    return Table("One device and system memory", OFFLOAD_COLUMNS, rows, WORDS_SECOND)


def nothing_fits(facts: Facts, devices: Iterable[Device]) -> str:
    """What comes nearest where no single device does."""
    closest = nearest(facts.estimate, devices, facts.pytorch)
    missing = formats.size(-closest.headroom_bytes)
    return (
        f"No single device in our list holds this. The {closest.device.name} comes nearest: its driver reports "
        f"{formats.gib(closest.capacity_bytes)}, which is {missing} too little."
    )
