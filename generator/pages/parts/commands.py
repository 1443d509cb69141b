"""Lines to paste, engine by engine, whose settings are those that the figures stand for."""

from __future__ import annotations

from msgspec import Struct

from generator import formats
from generator.catalog import Model
from generator.pages.facts import Facts
from generator.pages.parts.hardware import fastest_at_home
from generator.pages.parts.holders import a_named
from generator.placement import Offload
from generator.placement.launch import LAUNCHERS, OLLAMA, Source, Split, llama_server

NOTES = {
    OLLAMA: "Weights and cache are llama.cpp's; models on Ollama's own engine have another compute buffer.",
    "MLX": "The cache grows with the conversation, so nothing sets the context in advance.",
    "vLLM": "The cache gets exactly what one request of this context needs; leave that switch out and vLLM fills "
    "nine tenths of the card with it.",
}


class Command(Struct, frozen=True):
    """A way to run a scenario: its program, what it takes, and the lines to paste."""

    heading: str
    note: str
    text: str


def source(model: Model) -> Source:
    """The model as files and repositories name it."""
    return Source(model.hf_repo.rsplit("/", 1)[-1], model.hf_repo)


def commands(found: Facts, ways: tuple[tuple[str, Offload], ...] = ()) -> tuple[Command, ...]:
    """Every program that can run the scenario, then llama.cpp with a part in system memory.

    ways : placements with a part in system memory, with their names.
    """
    weights = source(found.subject.model)
    whole = []
    for engine in found.subject.engines(found.quantization):
        estimator, estimate = found.estimator, found.estimate
        if engine != found.engine:
            estimator = found.subject.estimator_at(found.quantization, found.context, engine)
            estimate = estimator.at(found.context, found.subject.vendor(engine))
        total = formats.size(estimate.total_bytes)
        for program, launch in LAUNCHERS.get(engine, ()):
            note = f"{total} on the device. {NOTES.get(program, '')}".rstrip()
            whole.append(Command(program, note, launch(estimator, weights, found.context)))
    way = fastest_at_home(ways)
    return (*whole, offload_command(found, *way)) if way else tuple(whole)


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
        llama_server(found.estimator, source(found.subject.model), found.context, split),
    )
