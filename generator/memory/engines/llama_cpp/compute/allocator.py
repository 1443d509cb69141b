"""What ggml's graph allocator reserves for a list of operations.

Follows ``ggml-alloc.c``: an operation writes over a source that nobody else needs, a result is
freed after its last reader, and a new one goes into the smallest free gap that holds it. Gaps
are what makes the buffer larger than the tensors alive at once, and why it isn't monotonic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from generator.memory.engines.llama_cpp.compute.graph import Graph, Tensor

ALIGNMENT = 32
"""Bytes; ``TENSOR_ALIGNMENT`` of ggml's CPU buffers."""

ENDLESS = 1 << 62

Operation = tuple[Tensor, Sequence[Tensor]]
"""A result, and what it is made of on the machine it is made on."""

Step = tuple[Tensor | None, Tensor | None, list[Tensor]]
"""A result with memory of its own, what it writes over, and what is freed after it; None where there is none."""


class Part:
    """A part of the graph on one machine.

    leaves, copies : taken before all results. blocks : they, and results with memory of their own.
    """

    __slots__ = ("blocks", "copies", "leaves", "operations")

    def __init__(self, leaves: list[Tensor], copies: list[Tensor], operations: list[Operation]) -> None:
        self.leaves, self.copies, self.operations = leaves, copies, operations
        results = [node for node, _ in operations if node.root is None and not node.external]
        self.blocks = [*leaves, *copies, *results]


@dataclass(frozen=True, slots=True)
class Reservation:
    """The buffer's size in bytes and the stage of the graph that needed it."""

    size: int
    stage: str


class Buffer:
    """Free blocks by offset, the last one endless.

    largest : the high-water mark, bytes. stage : of the result that reached it.

    Blocks of no size (states of no sequence) are kept as ggml keeps them: they lie in the way of joining
    neighbours, which is why they can't be left out.
    """

    __slots__ = ("largest", "offsets", "sizes", "stage")

    def __init__(self) -> None:
        self.offsets = [0]
        self.sizes = [ENDLESS]
        self.largest = 0
        self.stage = ""

    def take(self, size: int) -> int:
        """The offset of a new block: in the smallest free one that holds it (the last of equals), else the endless."""
        sizes = self.sizes
        best, best_size = 0, ENDLESS
        for index, free in enumerate(sizes):
            if size <= free <= best_size:
                best, best_size = index, free
        offset = self.offsets[best]
        if best_size == size:
            del self.offsets[best], sizes[best]
        else:
            self.offsets[best] += size
            sizes[best] -= size
        if offset + size > self.largest:
            self.largest = offset + size
        return offset

    def put(self, tensor: Tensor) -> int:
        """Take a block for a result; its offset."""
        largest = self.largest
        offset = tensor.offset = self.take(tensor.room)
        if self.largest != largest:
            self.stage = tensor.stage
        return offset

    def give(self, offset: int, size: int) -> None:
        """Free a block: it joins the first free block that it touches, and then that one's neighbour."""
        offsets, sizes = self.offsets, self.sizes
        end = offset + size
        for index, start in enumerate(offsets):
            if start + sizes[index] == offset:
                sizes[index] += size
                if index + 1 < len(offsets) and start + sizes[index] == offsets[index + 1]:
                    sizes[index] += sizes.pop(index + 1)
                    del offsets[index + 1]
                return
            if start == end:
                offsets[index] = offset
                sizes[index] += size
                if index and offsets[index - 1] + sizes[index - 1] == offset:
                    sizes[index - 1] += sizes.pop(index)
                    del offsets[index]
                return
        index = next(place for place, start in enumerate(offsets) if start >= offset)
        offsets.insert(index, offset)
        sizes.insert(index, size)


def reserve_together(graph: Graph) -> Reservation:
    """One buffer for everything, as on a machine without a device."""
    parts = [Part(leaves, [], [(node, node.sources) for node in nodes]) for leaves, nodes in graph.parts()]
    return _reserve(parts, graph.repeats)


def reserve_split(graph: Graph) -> tuple[Reservation, Reservation]:
    """Device and host buffer when every layer runs on one device.

    Inputs and the embedding lookup stay on the host. What the device reads of them is copied:
    the copies are taken first, in the order of their first use.
    """
    device: list[Part] = []
    host: list[Part] = []
    copies: dict[Tensor, Tensor] = {}
    for leaves, nodes in graph.parts():
        copied = len(copies)
        on_device: list[Operation] = []
        on_host: list[Operation] = []
        for node in nodes:
            sources = node.sources
            if node.on_host:
                on_host.append((node, sources))
                continue
            for source in sources:
                if source.on_host:
                    sources = tuple([_on_device(each, copies) for each in sources])
                    break
            on_device.append((node, sources))
        new_copies = [*copies.values()][copied:]
        device.append(Part([leaf for leaf in leaves if not leaf.on_host], new_copies, on_device))
        host.append(Part([leaf for leaf in leaves if leaf.on_host], [], on_host))
    return _reserve(device, graph.repeats), _reserve(host, graph.repeats)


def _on_device(tensor: Tensor, copies: dict[Tensor, Tensor]) -> Tensor:
    """The tensor itself, or of one on the host its copy."""
    if not tensor.on_host:
        return tensor
    if tensor not in copies:
        copies[tensor] = Tensor(tensor.shape, element=tensor.element, stage=tensor.stage)
    return copies[tensor]


def _reserve(parts: Sequence[Part], repeats: int) -> Reservation:
    """The buffer of parts that run one after another, the last but one ``repeats`` times.

    What a repeat reads of the part before it, the next one reads of this repeat.
    """
    steps = _steps(parts)
    order = [index for index in range(len(parts)) for _ in range(repeats if index == len(parts) - 2 else 1)]
    buffer = Buffer()
    leaves = [[buffer.take(leaf.room) for leaf in parts[index].leaves] for index in order]
    copies = [[buffer.put(copy) for copy in parts[index].copies] for index in order]
    states: list[tuple[list[int], ...]] = []
    turn, last = 0, len(order) - 1
    while turn <= last:
        part = parts[order[turn]]
        if turn and order[turn - 1] == order[turn]:
            for earlier, tensor in zip(parts[order[turn] - 1].blocks, part.blocks, strict=True):
                earlier.offset = tensor.offset
        for tensor, offset in zip(part.blocks, chain(leaves[turn], copies[turn]), strict=False):
            tensor.offset = offset
        _run(steps[order[turn]], buffer)
        turn += 1
        if 1 < turn < last and not part.leaves and not part.copies:
            # Blocks come to lie where they lay one or two repeats ago, and from there on nothing new happens.
            states.append((buffer.offsets[:], buffer.sizes[:], [tensor.offset for tensor in part.blocks]))
            if states[-1] in states[-3:-1]:
                turn += (last - turn) // 2 * 2
    return Reservation(buffer.largest, buffer.stage)


def _run(steps: Iterable[Step], buffer: Buffer) -> None:
    """Take and free what operations ask for."""
    for result, overwritten, freed in steps:
        if result is not None:
            if overwritten is None:
                buffer.put(result)
            else:
                offset = result.offset = overwritten.offset
                if overwritten.room > result.room:
                    buffer.give(offset + result.room, overwritten.room - result.room)
        for tensor in freed:
            buffer.give(tensor.offset, tensor.room)


def _steps(parts: Sequence[Part]) -> list[list[Step]]:
    """What the operations of each part take and free."""
    for part in parts:
        for node, _ in part.operations:
            node.readers = node.views = 0
            node.held = False
        for tensor in part.blocks:
            tensor.readers = tensor.views = 0
            tensor.held = True
            tensor.room = -(-tensor.size // ALIGNMENT) * ALIGNMENT
    for part in parts:
        for node, sources in part.operations:
            if node.root is not None:
                node.root.views += 1
            for source in sources:
                source.readers += 1
    return [[*_steps_of(part.operations)] for part in parts]


def _steps_of(operations: Iterable[Operation]) -> Iterator[Step]:
    for node, sources in operations:
        result = overwritten = None
        if node.held:
            result = node
            overwritten = _overwritten(node, sources) if node.in_place else None
            if overwritten is not None:
                overwritten.held = False
        freed = []
        for source in sources:
            source.readers -= 1
            if source.readers or source.views:
                continue
            if source.root is not None:
                source = source.root
                source.views -= 1
                if source.views or source.readers:
                    continue
            if source.held and not source.kept:
                source.held = False
                freed.append(source)
        if result is not None or freed:
            yield result, overwritten, freed


def _overwritten(node: Tensor, sources: Iterable[Tensor]) -> Tensor | None:
    """The source that ``node`` writes over: of the same layout, no view, with no other reader."""
    for source in sources:
        alone = source.readers == 1 and not source.views
        if alone and source.held and not source.kept and node.same_layout(source):
            return source
    return None
