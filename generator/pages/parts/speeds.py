"""What pages say about speed: ranges as text, and what they rest on."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats
from generator.catalog import Catalog, Efficiency
from generator.catalog.efficiency import ANY
from generator.memory.work import token_reads
from generator.pages.facts import Facts
from generator.placement import Fit, Offload
from generator.placement.holding import Candidate, Holder
from generator.placement.speed import Speed, decode_speed, efficiency, kind_of, prefill_speed, split_decode_speed
from generator.placement.tensor_parallel import ENGINE as TENSOR_PARALLEL

Timed = tuple[tuple[Fit, Speed | None], ...]
"""Devices that hold a scenario, each with how fast it generates where that is known."""

UNKNOWN = "–"
VENDOR_NAMES = {"nvidia": "NVIDIA", "amd": "AMD", "intel": "Intel", "apple": "Apple"}


def speed_text(speed: Speed | None) -> str:
    """``43 to 81``, tokens a second; ``over 466`` beyond every measured run; a dash where the rate isn't known."""
    if speed is None:
        return UNKNOWN
    if not speed.beyond_measured:
        return formats.token_rate_span(speed.low, speed.high)
    most = f"over {formats.token_rate(speed.fastest)}"
    return f"{formats.token_rate(speed.low)} to {most}" if speed.low < speed.fastest else most


def fit_speed(found: Facts, fit: Fit, catalog: Catalog) -> Speed | None:
    """Generation on one device, or on several with layers split among them; None where each layer is cut among them."""
    if fit.count > 1 and found.engine == TENSOR_PARALLEL:
        return None
    return decode_speed(found.estimator, found.context, fit.device, catalog.efficiency_groups)


def timed(found: Facts, fits: tuple[Fit, ...], catalog: Catalog) -> Timed:
    """Each of some devices with its speed."""
    return tuple((fit, fit_speed(found, fit, catalog)) for fit in fits)


def offload_speed(found: Facts, offload: Offload, catalog: Catalog) -> Speed | None:
    """Generation with a part in system memory."""
    memory = catalog.site.system_memory
    return split_decode_speed(found.estimator, found.context, offload, memory, catalog.efficiency_groups)


def speed_of(catalog: Catalog, chosen: Candidate, holder: Holder) -> Speed | None:
    """Generation with the short context in the cache; on several devices layers work one after another.

    None where they work at once, on parts of every layer: that was not measured.
    """
    if holder.count > 1 and chosen.engine == TENSOR_PARALLEL:
        return None
    return decode_speed(chosen.estimator, chosen.short_context, holder.device, catalog.efficiency_groups)


def offloaded_speed(catalog: Catalog, chosen: Candidate, offload: Offload) -> Speed | None:
    """The same with a part in system memory."""
    memory = catalog.site.system_memory
    return split_decode_speed(chosen.estimator, chosen.short_context, offload, memory, catalog.efficiency_groups)


def prompt_text(catalog: Catalog, chosen: Candidate, holder: Holder) -> str:
    """``1.2 s to 3.4 s``, to read a prompt of the short context on one device; a dash where the rate isn't known."""
    if holder.count > 1 and chosen.engine == TENSOR_PARALLEL:
        return UNKNOWN
    tokens = chosen.short_context
    speed = prefill_speed(chosen.estimator, tokens, holder.device, catalog.efficiency_groups)
    if speed is None:
        return UNKNOWN
    return " to ".join(dict.fromkeys(formats.duration(tokens / rate) for rate in (speed.high, speed.low)))


def measured_notes(catalog: Catalog, holder: Holder) -> str:
    """Which measured runs the ranges of a device come from, dense models and mixtures of experts apart; empty without."""
    found = (efficiency(catalog.efficiency_groups, "decode", holder.device.vendor, kind) for kind in ("dense", "MoE"))
    return " ".join(dict.fromkeys(measured_text(basis) for basis in found if basis is not None))


def speed_note(found: Facts, fits: Timed, catalog: Catalog) -> tuple[str, ...]:
    """What a token reads, how long a prompt takes, and which runs the ranges come from; empty without any.

    fits : the devices that hold it, each with its speed.
    """
    architecture = found.subject.architecture
    basis = efficiency(catalog.efficiency_groups, "decode", found.subject.vendor(found.engine), kind_of(architecture))
    if basis is None:
        return ()
    reads = token_reads(found.estimator, found.context)
    weights = formats.size(reads.weights_bytes + reads.experts_bytes)
    which = "weights, of the routed experts only those it chooses," if reads.experts_bytes else "weights"
    return (
        f"With {found.context_text} in the cache each token of {found.name} reads {weights} of {which} and "
        f"{formats.size(reads.cache_bytes)} of cache.",
        *_prompt_text(found, fits, catalog),
        *_beyond_measured(fits),
    )


def _beyond_measured(fits: Timed) -> Iterator[str]:
    """Why some speeds are told as over a figure only."""
    beyond = next((speed for _, speed in fits if speed and speed.beyond_measured), None)
    if beyond is not None:
        yield (
            f"No measured run was faster than {formats.token_rate(beyond.fastest)} tokens a second, so that no more is "
            "promised."
        )


def _prompt_text(found: Facts, fits: Timed, catalog: Catalog) -> Iterator[str]:
    """How long the first device that holds the scenario takes to read a prompt of the whole context."""
    for fit, _ in fits[:1]:
        speed = prefill_speed(found.estimator, found.context, fit.device, catalog.efficiency_groups)
        if speed is not None:
            wait = dict.fromkeys(formats.duration(found.context / rate) for rate in (speed.high, speed.low))
            yield f"The {fit.device.name} takes {' to '.join(wait)} to read a prompt of {found.context_text}."


def measured_text(basis: Efficiency) -> str:
    """How near the measured runs of a group come to their bound, in a sentence."""
    models = "" if basis.kind == ANY else "of dense models " if basis.kind == "dense" else "of mixtures of experts "
    makers = VENDOR_NAMES.get(basis.vendor, basis.vendor)
    whose = "" if basis.vendor == ANY else f"{makers} "
    limit = "the bandwidth" if basis.phase == "decode" else "the compute"
    return (
        f"Measured runs {models}on {whose}devices reached {formats.percent(basis.low)} to "
        f"{formats.percent(basis.high)} of what {limit} allows ({formats.number(basis.rows)} runs, "
        f"{formats.number(basis.devices)} devices)."
    )
