"""What ggml's graph allocator reserves for a list of operations.

Follows ``ggml-alloc.c``: an operation writes over a source that nobody else needs, a result is
freed after its last reader, and a new one goes into the smallest free gap that holds it. Gaps
are what makes the buffer larger than the tensors alive at once, and why it isn't monotonic.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from generator.memory.engines.llama_cpp.compute.graph import Graph, Tensor

ALIGNMENT = 32
"""Bytes; ``TENSOR_ALIGNMENT`` of ggml's CPU buffers."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """The buffer's size in bytes and the stage of the graph that needed it."""

    size: int
    stage: str


class Buffer:
    """Free gaps below ``end``; beyond it everything is free. ``largest`` is the high-water mark, bytes."""

    __slots__ = ("end", "gaps", "largest")

    def __init__(self) -> None:
        self.gaps: list[tuple[int, int]] = []
        self.end = 0
        self.largest = 0

    def take(self, size: int) -> int:
        """The offset of a new block: in the smallest gap that holds it (the last of equals), else at the end."""
        best, best_size = -1, 0
        for index, (_, gap) in enumerate(self.gaps):
            if gap >= size and (best < 0 or gap <= best_size):
                best, best_size = index, gap
        if best < 0:
            offset = self.end
            self.end += size
            self.largest = max(self.largest, self.end)
            return offset
        offset, gap = self.gaps[best]
        if gap == size:
            del self.gaps[best]
        else:
            self.gaps[best] = (offset + size, gap - size)
        return offset

    def give(self, offset: int, size: int) -> None:
        """Free a block, joining it with free neighbours."""
        gaps = self.gaps
        index = bisect_left(gaps, (offset, 0))
        if index < len(gaps) and offset + size == gaps[index][0]:
            size += gaps.pop(index)[1]
        if index and gaps[index - 1][0] + gaps[index - 1][1] == offset:
            index -= 1
            offset, before = gaps.pop(index)
            size += before
        if offset + size == self.end:
            self.end = offset
        else:
            gaps.insert(index, (offset, size))


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
    return _reserve((), [*copies.values(), *device], copies), _reserve(graph.leaves, host)


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
                if size:
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
        if source in offsets and not source.kept and children[source] == 1 and not views.get(source):
            if node.same_layout(source):
                return source
    return None


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
