"""Which models a device or group runs and how, as what is kept of each; how many those are."""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from generator import formats
from generator.catalog import Catalog
from generator.pages.facts import parameters_text
from generator.pages.parts.fitting import Beside, Whole
from generator.pages.parts.pace import pace
from generator.pages.parts.speeds import offloaded_speed, speed_of, speed_text
from generator.pages.parts.system_memory import system_memory_way
from generator.placement.holding import SHORT_CONTEXT, Candidate, Holder, best, candidate_at, holder_of, holds
from generator.scenarios import Atlas, Figures

PARAMETER_DIGITS, SIZE_DIGITS = 4, 5
"""Digits kept of what orders rows: at least as many as rows show, ``1,250.3 GiB`` at most."""


class Run(Struct, frozen=True):
    """How some hardware runs a model.

    parameters : of the model, to as many digits as order them: what no row shows makes no page anew.
    well : whether the quantization to try first fits, or one as large where the hardware doesn't have it.
    whole, beside : at its best, and with a part in system memory where it doesn't fit; None where it can't.
    unlocked : whether it fits as well on each next step up, in order; empty where it does here.
    """

    parameters: int
    well: bool
    whole: Whole | None
    beside: Beside | None
    unlocked: tuple[bool, ...] = ()


Runs = tuple[tuple[str, str, Run], ...]
"""Every listed model, by slug and name, with how some hardware runs it, the largest first."""


def runs_on(atlas: Atlas, holder: Holder, larger: tuple[Holder, ...]) -> Runs:
    """How a device or group runs each listed model, and whether each next ``larger`` one does better."""
    listed, steps = atlas.catalog.listed, tuple(step.slug for step in larger)
    name, make = f"runs/{'/'.join((holder.slug, *steps))}", partial(_run, slug=holder.slug, steps=steps)
    found = zip(listed, atlas.catalog.names(listed), atlas.values(name, make, listed), strict=True)
    return tuple(sorted(found, key=lambda each: -each[2].parameters))


def _run(atlas: Atlas, figures: Figures, slug: str, steps: tuple[str, ...]) -> Run:
    catalog = atlas.catalog
    holder = holder_of(catalog, slug)
    well, chosen = holds(catalog, figures, holder), best(catalog, figures, holder)
    whole = None if chosen is None else _whole(catalog, holder, chosen)
    beside = None if well and chosen else _beside(catalog, figures, holder)
    unlocked = () if well else tuple(holds(catalog, figures, holder_of(catalog, step)) for step in steps)
    return Run(_rounded(figures.architecture.parameters(), PARAMETER_DIGITS), well, whole, beside, unlocked)


def _whole(catalog: Catalog, holder: Holder, chosen: Candidate) -> Whole:
    scheme, speed = chosen.quantization, speed_of(catalog, chosen, holder)
    name = scheme.name
    return Whole(
        scheme.slug,
        name,
        name if chosen.engine == "llama.cpp" else f"{name} in {catalog.engines[chosen.engine].name}",
        formats.number(chosen.largest_context(holder)),
        speed_text(speed),
        pace(speed).value,
        formats.size(chosen.fit(holder, chosen.short_context).used_bytes),
        parameters_text(chosen.figures),
    )


def _beside(catalog: Catalog, figures: Figures, holder: Holder) -> Beside | None:
    if holder.count > 1 or holder.device.unified_memory:
        return None
    wanted = figures.usual
    chosen = candidate_at(catalog, figures, holder, wanted)
    if chosen is None or not figures.offloads(chosen.engine):
        return None
    way = system_memory_way(chosen, holder.device)
    if way is None:
        return None
    how, offload = way
    speed = offloaded_speed(catalog, chosen, offload)
    return Beside(
        wanted.name,
        how,
        speed_text(speed),
        pace(speed).value,
        formats.gib(offload.device_bytes),
        formats.gib(offload.host_bytes),
        _rounded(offload.host_bytes, SIZE_DIGITS),
        parameters_text(figures),
    )


def _rounded(count: int, digits: int) -> int:
    return int(float(f"{count:.{digits - 1}e}"))


def running(runs: Runs) -> int:
    """How many of the models run."""
    return sum(run.whole is not None for _, _, run in runs)


def counts(atlas: Atlas, holder: Holder, runs: Runs, called: str) -> str:
    """How many models run, and how many of them at the usual quantization or better, as a sentence.

    called : the hardware in words.
    """
    default = atlas.catalog.quantizations[atlas.catalog.site.default_quantization]
    well = [run.well for _, _, run in runs if run.whole]
    verb = "holds" if holder.count == 1 else "hold"
    of = f"our {len(runs)} models" if len(runs) == len(atlas.catalog.models) else f"{len(runs)} listed models"
    return (
        f"{formats.capitalized(called)} {verb} {len(well)} of {of} with {formats.context(SHORT_CONTEXT)} of context, "
        f"{'all' if all(well) else sum(well)} of them at {default.name} or better, or as published."
    )


def largest(runs: Runs) -> tuple[str, ...]:
    """The largest model that runs at the usual quantization or better, as a sentence."""
    for _, name, run in runs:
        if run.well and run.whole:
            whole = run.whole
            return (f"The largest of those is {name}, at {whole.name} with up to {whole.context} tokens of context.",)
    return ()
