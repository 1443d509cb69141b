"""Lines to paste, engine by engine, whose settings are those that the figures stand for."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from generator import formats
from generator.catalog import Model, Quantization
from generator.memory.estimate import Estimator
from generator.pages.facts import Facts
from generator.pages.parts.hardware import fastest_at_home
from generator.pages.parts.holders import a_named
from generator.placement import Fit, Offload, several
from generator.placement.launch import LAUNCHERS, OLLAMA, Source, Split, llama_server, vllm_serve
from generator.placement.tensor_parallel import ENGINE as TENSOR_PARALLEL

NOTES = {
    OLLAMA: "On Ollama's own engine the compute buffer differs.",
    "MLX": "The cache grows with the conversation.",
    "vLLM": "Without --kv-cache-memory-bytes the cache fills nine tenths of the card.",
}


class Command(Struct, frozen=True):
    """A way to run a scenario: its program, what it takes, and the lines to paste."""

    heading: str
    note: str
    text: str


def source(model: Model, quantization: Quantization) -> Source:
    """The model at a quantization as files and repositories name it."""
    formats_of = {each.quantization: each.repo for each in model.published_formats}
    in_16_bits = model.hf_repo not in formats_of.values()
    return Source(
        model.hf_repo.rsplit("/", 1)[-1],
        model.hf_repo if in_16_bits else "",
        formats_of.get(quantization.slug, ""),
    )


def commands(
    found: Facts, ways: tuple[tuple[str, Offload], ...] = (), together: tuple[Fit, ...] | None = None
) -> tuple[Command, ...]:
    """Every program that can run the scenario, then llama.cpp with a part in system memory.

    ways : placements with a part in system memory, with their names.
    together : where no single device holds it, the groups that do, fewest devices first.
    """
    whole: list[Command] = []
    for engine in found.subject.engines(found.quantization):
        estimator = found.estimator
        if engine != found.engine:
            estimator = found.subject.estimator_at(found.quantization, found.context, engine)
        if together is None:
            whole += _alone(found, engine, estimator)
        elif together:
            whole += _shared(found, engine, estimator, together[0])
    way = fastest_at_home(ways)
    return (*whole, offload_command(found, *way)) if way else tuple(whole)


def _alone(found: Facts, engine: str, estimator: Estimator) -> Iterator[Command]:
    """The programs of an engine on a single device."""
    subject = found.subject
    weights = source(subject.model, found.quantization)
    total = formats.size(estimator.at(found.context, subject.vendor(engine), subject.band(engine).error).total_bytes)
    for program, launch in LAUNCHERS.get(engine, ()):
        note = f"{total} on the device. {NOTES.get(program, '')}".rstrip()
        yield Command(program, note, launch(estimator, weights, found.context))


def _shared(found: Facts, engine: str, estimator: Estimator, first: Fit) -> Iterator[Command]:
    """The programs of an engine on the devices that hold it together: llama.cpp's spread layers over all they see.

    first : the group with the fewest, of the page's engine; another may take more of the same.
    """
    fit = first
    if found.subject.vendor(engine) != found.subject.vendor(found.engine):
        return
    if engine != found.engine:
        other = several(estimator, found.context, first.device, found.subject.band(engine).error)
        if other is None:
            return
        fit = other
    weights = source(found.subject.model, found.quantization)
    for program, launch in LAUNCHERS.get(engine, ()):
        text = (
            vllm_serve(estimator, weights, found.context, fit.count)
            if engine == TENSOR_PARALLEL
            else launch(estimator, weights, found.context)
        )
        note = f"{formats.size(fit.used_bytes)} on the fullest device. {NOTES.get(program, '')}".rstrip()
        yield Command(f"{program} on {fit.count} × {fit.device.name}", note, text)


def split_of(offload: Offload, layers: int) -> Split:
    """The settings that keep in system memory what a placement keeps there of a model's ``layers``."""
    if offload.layers_on_device < layers:
        return Split(layers_on_device=offload.layers_on_device)
    return Split(expert_layers_on_host=offload.expert_blocks)


def offload_command(found: Facts, how: str, offload: Offload) -> Command:
    """llama.cpp with layers or routed experts in system memory."""
    split = split_of(offload, found.subject.architecture.num_layers)
    return Command(
        f"llama.cpp on {a_named(offload.device)}, {how}",
        f"{formats.size(offload.device_bytes)} on the device, {formats.size(offload.host_bytes)} in system memory.",
        llama_server(found.estimator, source(found.subject.model, found.quantization), found.context, split),
    )
