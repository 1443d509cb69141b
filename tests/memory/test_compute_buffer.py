"""llama.cpp's compute buffer: the allocator's rules on small graphs, and every figure that llama.cpp printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from statistics import median
from typing import Any

import pytest

from generator.memory.architecture import Architecture
from generator.memory.engines.llama_cpp.compute import (
    ComputeBuffers,
    ComputeSettings,
    compute_buffers,
    model,
    reserved,
    reserved_on_host,
)
from generator.memory.engines.llama_cpp.compute.allocator import Buffer, reserve_split, reserve_together
from generator.memory.engines.llama_cpp.compute.graph import Graph
from generator.memory.engines.llama_cpp.compute.phases import KNOTS, batch_of
from generator.memory.engines.llama_cpp.compute.repeats import Shortened, longest_repetition
from generator.memory.errors import MemoryModelError
from tests.reference import architecture, json_lines

KIB = 1024
ROW = 256
"""Floats in a KiB."""

EVERY_TOKEN = 1 << 20


def test_a_freed_block_is_taken_again_by_the_smallest_result_that_it_fits() -> None:
    buffer = Buffer()
    blocks = {size: buffer.take(size) for size in (64, 96, 32, 128, 32)}
    buffer.give(blocks[96], 96)
    buffer.give(blocks[128], 128)
    assert buffer.take(96) == blocks[96]
    assert buffer.take(100) == blocks[128]
    assert buffer.largest == 352


def test_freed_neighbours_join() -> None:
    buffer = Buffer()
    first, second, _ = (buffer.take(32) for _ in range(3))
    buffer.give(first, 32)
    buffer.give(second, 32)
    assert buffer.take(64) == first


def test_an_operation_writes_over_a_source_that_nothing_else_reads() -> None:
    graph = Graph()
    first = graph.op((ROW,), graph.input(1))
    graph.expand(graph.in_place(first))
    assert reserve_together(graph).size == 32 + KIB


def test_a_source_with_a_second_reader_is_kept() -> None:
    graph = Graph()
    first = graph.op((ROW,), graph.input(1))
    normed = graph.in_place(first)
    graph.expand(graph.in_place(normed, first))
    assert reserve_together(graph).size == 32 + 2 * KIB


def test_an_operation_never_writes_over_a_view() -> None:
    graph = Graph()
    first = graph.op((ROW,), graph.input(1))
    graph.expand(graph.in_place(graph.view(first, (ROW // 2, 2))))
    assert reserve_together(graph).size == 32 + 2 * KIB


def test_layer_norm_never_writes_over_its_source() -> None:
    sizes = []
    for mean_too in (False, True):
        graph = Graph()
        graph.expand(graph.norm(graph.op((ROW,), graph.input(1)), mean_too))
        sizes.append(reserve_together(graph).size)
    assert sizes == [32 + KIB, 32 + 2 * KIB]


def test_a_view_holds_what_it_shows_until_its_last_reader() -> None:
    graph = Graph()
    first = graph.op((ROW,), graph.input(1))
    shown = graph.view(first, (ROW // 2, 2))
    second = graph.op((ROW,), first)
    third = graph.op((ROW,), second)
    graph.expand(graph.op((1,), third, shown))
    # the input, first (held by its view), second and third together; the last result fits into second's place
    assert reserve_together(graph).size == 32 + 3 * KIB


def test_results_of_the_whole_graph_are_never_freed() -> None:
    sizes = []
    for kept in (False, True):
        graph = Graph()
        first = graph.op((ROW,), graph.input(1))
        first.kept = kept
        second = graph.op((ROW,), first)
        graph.expand(graph.op((ROW,), second))
        sizes.append(reserve_together(graph).size)
    assert sizes == [32 + 2 * KIB, 32 + 3 * KIB]


def test_inputs_stay_on_the_host_and_are_copied_to_the_device() -> None:
    graph = Graph()
    used, unused = graph.input(ROW), graph.input(ROW)
    graph.expand(unused)
    graph.expand(graph.op((2 * ROW,), used))
    device, host = reserve_split(graph)
    assert (device.size, host.size) == (3 * KIB, 2 * KIB)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([0, *[1, 1, 1, 2] * 9, 1, 3], (1, 4, 9)),
        ([1] * 80, (0, 1, 80)),
        ([0] * 5 + [1] * 7, (5, 1, 7)),
        ([1, 2, 3, 4], (0, 1, 0)),
    ],
)
def test_the_repetition_that_saves_most_layers_is_found(layers: list[int], expected: tuple[int, int, int]) -> None:
    assert longest_repetition(layers) == expected


@pytest.mark.parametrize("outputs", [1, 512])
@pytest.mark.parametrize(
    ("name", "deepstack"), [("DeepSeek-V3.2", 0), ("MiniMax-M3", 0), ("Gemma-3-27B", 0), ("Qwen3-8B", 3)]
)
def test_layers_that_are_alike_need_not_all_be_built(
    name: str, deepstack: int, outputs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = replace(architecture(name), deepstack_layers=deepstack)
    found = _at_once(shape, outputs)
    monkeypatch.setattr(model, "shortened", lambda shape: Shortened(shape.layers))
    assert found == _at_once(shape, outputs)


def test_layers_without_attention_count_all(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = architecture("Llama-3.1-8B")
    alone = replace(shape.layers[0], mixers=(), mlp=replace(shape.layers[0].mlp, intermediate_size=2048))
    shape = replace(shape, layers=(alone,) * 9 + shape.layers[:8])
    found = _at_once(shape, outputs=1)
    monkeypatch.setattr(model, "shortened", lambda shape: Shortened(shape.layers))
    assert found == _at_once(shape, outputs=1)


def _at_once(shape: Architecture, outputs: int) -> tuple[object, object]:
    batch = batch_of(shape, ComputeSettings(outputs=outputs), cells=32768, window_cells=1536)
    return reserve_split(model.build(shape, batch)), reserve_together(model.build(shape, batch))


def _rows(backend: str) -> Iterator[dict[str, Any]]:
    for row in json_lines("llamacpp.jsonl"):
        if row["metric"] == "compute_bytes" and row["backend"] == backend and "real" not in row["model"]:
            yield row


def _settings(row: dict[str, Any]) -> ComputeSettings:
    outputs = row.get("n_outputs_max")
    return ComputeSettings(
        ubatch=row["n_ubatch"],
        sequences=row["n_seq_max"],
        outputs=outputs if isinstance(outputs, int) else EVERY_TOKEN,
        flash_attention=row["flash_attn"],
        kv_type=row["kv_type"],
        unified=row["kv_unified"],
        swa_full=row["swa_full"],
    )


def _cells(row: dict[str, Any]) -> int:
    """Cells of one stream: the context a stream, rounded up to 256."""
    context = -(-row["n_ctx"] // 256) * 256
    return -(-context // _settings(row).streams // 256) * 256


@cache
def _buffers(name: str, settings: ComputeSettings) -> ComputeBuffers:
    return compute_buffers(architecture(name), settings)


DEVICE_ROWS = list(_rows("RPC-device"))
HOST_ROWS = list(_rows("CPU"))


def test_a_sample_of_device_and_host_buffers_is_met_to_the_byte() -> None:
    missed = []
    for row in DEVICE_ROWS[::7]:
        ours = reserved(architecture(row["model"]), _settings(row), _cells(row))
        if ours != (row["value"], row["compute_host_bytes"]):
            missed.append((row["model"], row["n_ctx"], _settings(row), ours, row["value"], row["compute_host_bytes"]))
    assert missed == []


def test_a_sample_of_buffers_without_a_device_is_met_to_two_percent() -> None:
    sample = HOST_ROWS[::29]
    errors = [
        abs(reserved_on_host(architecture(row["model"]), _settings(row), _cells(row)) / row["value"] - 1)
        for row in sample
    ]
    assert sum(error == 0 for error in errors) >= 0.99 * len(sample)
    assert max(errors) <= 0.02


def _chosen(every: int) -> Iterator[dict[str, Any]]:
    """The device rows of every so many settings of a model."""
    settings = sorted({(row["model"], _settings(row)) for row in DEVICE_ROWS}, key=str)
    chosen = set(settings[::every])
    return (row for row in DEVICE_ROWS if (row["model"], _settings(row)) in chosen)


def _phase_sizes(row: dict[str, Any]) -> tuple[int, int]:
    buffers = _buffers(row["model"], _settings(row))
    return buffers.device_bytes(_cells(row)), buffers.host_bytes(_cells(row))


def test_phases_are_what_llama_cpp_reserved_at_every_context_of_the_ladder() -> None:
    rows = [row for row in _chosen(every=9) if _cells(row) in KNOTS]
    assert len(rows) > 100
    missed = [row for row in rows if _phase_sizes(row) != (row["value"], row["compute_host_bytes"])]
    assert missed == []


def test_phases_are_close_to_it_between_them() -> None:
    rows = [row for row in _chosen(every=4) if _cells(row) not in KNOTS]
    assert rows
    errors = [abs(_phase_sizes(row)[0] / row["value"] - 1) for row in rows]
    assert median(errors) <= 0.02
    assert max(errors) <= 0.2


@pytest.mark.parametrize("name", ["Llama-3.1-8B", "Gemma-3-27B", "DeepSeek-V3", "Qwen3.6-27B"])
def test_phases_never_shrink_with_the_context(name: str) -> None:
    buffers = compute_buffers(architecture(name), ComputeSettings())
    sizes = [buffers.device_bytes(cells) for cells in range(1024, 300_000, 4096)]
    assert sizes == sorted(sizes)


def test_phases_carry_names_of_their_own() -> None:
    buffers = compute_buffers(architecture("Mixtral-8x7B"), ComputeSettings())
    names = [phase.name for phase in buffers.device]
    assert len(set(names)) == len(names)


def test_an_architecture_without_a_known_graph_is_refused() -> None:
    odd = replace(architecture("Llama-3.1-8B"), gguf="llama9")
    with pytest.raises(MemoryModelError, match="llama9"):
        reserved(odd, ComputeSettings(), 4096)
