"""What ggml's graph allocator reserves for a list of operations.

Follows ``ggml-alloc.c``: an operation writes over a source that nobody else needs, a result is
freed after its last reader, and a new one goes into the smallest free gap that holds it. Gaps
are what makes the buffer larger than the tensors alive at once, and why it isn't monotonic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from generator.memory.engines.llama_cpp.compute.graph import Graph, Tensor

ALIGNMENT = 32
"""Bytes; ``TENSOR_ALIGNMENT`` of ggml's CPU buffers."""

ENDLESS = 1 << 62

NOWHERE = -1
"""Offset of a tensor that holds no block."""

Operation = tuple[Tensor, Sequence[Tensor]]
"""A result, and what it is made of on the machine it is made on."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """The buffer's size in bytes and the stage of the graph that needed it."""

    size: int
    stage: str


class Buffer:
    """Free blocks by offset, the last one endless. ``largest`` is the high-water mark, bytes.

    Blocks of no size (states of no sequence) are kept as ggml keeps them: they lie in the way of joining
    neighbours, which is why they can't be left out.
    """

    __slots__ = ("largest", "offsets", "sizes")

    def __init__(self) -> None:
        self.offsets = [0]
        self.sizes = [ENDLESS]
        self.largest = 0

    def take(self, size: int) -> int:
        """The offset of a new block: in the smallest free one that holds it (the last of equals), else the endless."""
        sizes = self.sizes
        best, best_size = len(sizes) - 1, ENDLESS
        for index in range(best):
            if size <= sizes[index] <= best_size:
                best, best_size = index, sizes[index]
        offset = self.offsets[best]
        if sizes[best] == size:
            del self.offsets[best], sizes[best]
        else:
            self.offsets[best] += size
            sizes[best] -= size
        if offset + size > self.largest:
            self.largest = offset + size
        return offset

    def give(self, offset: int, size: int) -> None:
        """Free a block: it joins the first free block that it touches, and then that one's neighbour."""
        offsets, sizes = self.offsets, self.sizes
        for index, start in enumerate(offsets):
            if start + sizes[index] == offset:
                sizes[index] += size
                if index + 1 < len(offsets) and start + sizes[index] == offsets[index + 1]:
                    sizes[index] += sizes.pop(index + 1)
                    del offsets[index + 1]
                return
            if offset + size == start:
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
    return _reserve(graph.leaves, [(node, node.sources) for node in graph.nodes])


def reserve_split(graph: Graph) -> tuple[Reservation, Reservation]:
    """Device and host buffer when every layer runs on one device.

    Inputs and the embedding lookup stay on the host. What the device reads of them is copied:
    the copies are taken first, in the order of their first use.
    """
    host: list[Operation] = []
    device: list[Operation] = []
    copies: dict[Tensor, Tensor] = {}
    for node in graph.nodes:
        sources = node.sources
        if node.on_host:
            host.append((node, sources))
            continue
        for source in sources:
            if source.on_host:
                sources = tuple(_on_device(each, copies) for each in sources)
                break
        device.append((node, sources))
    first: list[Operation] = [(copy, ()) for copy in copies.values()]
    device_leaves = [leaf for leaf in graph.leaves if not leaf.on_host]
    host_leaves = [leaf for leaf in graph.leaves if leaf.on_host]
    return _reserve(device_leaves, first + device), _reserve(host_leaves, host)


def _on_device(tensor: Tensor, copies: dict[Tensor, Tensor]) -> Tensor:
    """The tensor itself, or of one on the host its copy."""
    if not tensor.on_host:
        return tensor
    if tensor not in copies:
        copies[tensor] = Tensor(tensor.shape, element=tensor.element, stage=tensor.stage)
    return copies[tensor]


def _reserve(leaves: Sequence[Tensor], operations: Sequence[Operation]) -> Reservation:
    for tensor in chain(leaves, (node for node, _ in operations)):
        tensor.readers = tensor.views = 0
        tensor.offset = NOWHERE
    for node, sources in operations:
        if node.root is not None:
            node.root.views += 1
        for source in sources:
            source.readers += 1
    buffer = Buffer()
    stage = ""
    for leaf in leaves:
        leaf.room = _aligned(leaf.size)
        leaf.offset = buffer.take(leaf.room)
    for node, sources in operations:
        if node.root is None and not node.external:
            size = node.room = _aligned(node.size)
            parent = _overwritten(node, sources) if node.in_place else None
            if parent is None:
                before = buffer.largest
                node.offset = buffer.take(size)
                if buffer.largest > before:
                    stage = node.stage
            else:
                offset = node.offset = parent.offset
                parent.offset = NOWHERE
                if parent.room > size:
                    buffer.give(offset + size, parent.room - size)
        for source in sources:
            source.readers -= 1
            if source.readers or source.views:
                continue
            if source.root is not None:
                source = source.root
                source.views -= 1
                if source.views or source.readers:
                    continue
            if source.offset != NOWHERE and not source.kept:
                buffer.give(source.offset, source.room)
                source.offset = NOWHERE
    return Reservation(buffer.largest, stage)


def _overwritten(node: Tensor, sources: Sequence[Tensor]) -> Tensor | None:
    """The source that ``node`` writes over: of the same layout, no view, with no other reader."""
    for source in sources:
        alone = source.readers == 1 and not source.views
        if alone and source.offset != NOWHERE and not source.kept and node.same_layout(source):
            return source
    return None


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
