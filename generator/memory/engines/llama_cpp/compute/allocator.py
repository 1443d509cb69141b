"""What ggml's graph allocator reserves for a list of operations.

Follows ``ggml-alloc.c``: an operation writes over a source that nobody else needs, a result is
freed after its last reader, and a new one goes into the smallest free gap that holds it. Gaps
are what makes the buffer larger than the tensors alive at once, and why it isn't monotonic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.memory.engines.llama_cpp.compute.graph import Graph, Tensor

ALIGNMENT = 32
"""Bytes; ``TENSOR_ALIGNMENT`` of ggml's CPU buffers."""

ENDLESS = 1 << 62


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
    return _reserve(graph.leaves, graph.nodes)


def reserve_split(graph: Graph) -> tuple[Reservation, Reservation]:
    """Device and host buffer when every layer runs on one device.

    Inputs and the embedding lookup stay on the host. What the device reads of them is copied:
    the copies are taken first, in the order of their first use.
    """
    host = [node for node in graph.nodes if node.on_host]
    device = [node for node in graph.nodes if not node.on_host]
    copies: dict[Tensor, Tensor] = {}
    for node in device:
        for source in node.sources:
            if source.on_host and source not in copies:
                copy = Tensor(source.shape, element=source.element, stage=source.stage)
                copies[source] = copy
    device_leaves = [leaf for leaf in graph.leaves if not leaf.on_host]
    host_leaves = [leaf for leaf in graph.leaves if leaf.on_host]
    return _reserve(device_leaves, [*copies.values(), *device], copies), _reserve(host_leaves, host)


def _reserve(
    leaves: Sequence[Tensor], nodes: Sequence[Tensor], replaced: dict[Tensor, Tensor] | None = None
) -> Reservation:
    replaced = replaced or {}
    children: dict[Tensor, int] = {}
    views: dict[Tensor, int] = {}
    for node in nodes:
        if node.root is not None:
            views[node.root] = views.get(node.root, 0) + 1
        for source in node.sources:
            source = replaced.get(source, source)
            children[source] = children.get(source, 0) + 1
    buffer = Buffer()
    offsets: dict[Tensor, int] = {}
    sizes: dict[Tensor, int] = {}
    stage = ""
    for leaf in leaves:
        sizes[leaf] = _aligned(leaf.size)
        offsets[leaf] = buffer.take(sizes[leaf])
    for node in nodes:
        if node.root is None and not node.external:
            size = sizes[node] = _aligned(node.size)
            parent = _overwritten(node, offsets, children, views, replaced) if node.in_place else None
            if parent is None:
                before = buffer.largest
                offsets[node] = buffer.take(size)
                if buffer.largest > before:
                    stage = node.stage
            else:
                offset = offsets[node] = offsets.pop(parent)
                if sizes[parent] > size:
                    buffer.give(offset + size, sizes[parent] - size)
        for source in node.sources:
            source = replaced.get(source, source)
            left = children[source] = children[source] - 1
            if left or views.get(source):
                continue
            root = source.root
            if root is not None:
                views[root] -= 1
                if views[root] or children.get(root):
                    continue
                source = root
            if source in offsets and not source.kept:
                buffer.give(offsets.pop(source), sizes[source])
    return Reservation(buffer.largest, stage)


def _overwritten(
    node: Tensor,
    offsets: dict[Tensor, int],
    children: dict[Tensor, int],
    views: dict[Tensor, int],
    replaced: dict[Tensor, Tensor],
) -> Tensor | None:
    """The source that ``node`` writes over: of the same layout, no view, with no other reader."""
    for source in node.sources:
        source = replaced.get(source, source)
        alone = children[source] == 1 and not views.get(source)
        if alone and source in offsets and not source.kept and node.same_layout(source):
            return source
    return None


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
