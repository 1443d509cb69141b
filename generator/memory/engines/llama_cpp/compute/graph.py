"""The operations of one forward pass as llama.cpp lists them, with the size of every result.

Only what takes room in the compute buffer is modelled: weights and caches lie elsewhere, so an
operation names just the sources that are themselves results or inputs.
Shapes are ggml's: row length first, four dimensions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

ELEMENTS = {
    "f32": (4, 1),
    "f16": (2, 1),
    "bf16": (2, 1),
    "i32": (4, 1),
    "i64": (8, 1),
    "q8_0": (34, 32),
    "q5_1": (24, 32),
    "q5_0": (22, 32),
    "q4_1": (20, 32),
    "q4_0": (18, 32),
    "iq4_nl": (18, 32),
}
"""Bytes of a block and elements in it."""

Shape = tuple[int, int, int, int]


def shape_of(dimensions: Iterable[int]) -> Shape:
    """``dimensions`` with ones appended up to four."""
    padded = (*dimensions, 1, 1, 1)
    return padded[0], padded[1], padded[2], padded[3]


def contiguous_strides(element: str, shape: Shape) -> Shape:
    """Strides in bytes of a tensor without gaps."""
    size, block = ELEMENTS[element]
    row = size * shape[0] // block
    return size, row, row * shape[1], row * shape[1] * shape[2]


class Tensor:
    """A result, an input, or a view of one.

    strides : bytes between neighbours in each dimension; contiguous unless set.
    sources : results that the operation reads, in llama.cpp's order (it decides what is overwritten).
    root : the tensor whose memory a view shows, None where the tensor has memory of its own.
    in_place : the operation may write over one of its sources.
    computed : a result, not an input.
    external : the memory belongs to a cache, not to the compute buffer.
    on_host : computed, or supplied, on the host.
    kept : a result of the whole graph: never freed.
    readers, views, held, offset, room : what the allocator notes of it: operations and views that still need it,
        whether it has a block, where that is and of how many bytes.
    """

    __slots__ = (
        "_strides",
        "computed",
        "element",
        "external",
        "held",
        "in_place",
        "kept",
        "listed",
        "offset",
        "on_host",
        "readers",
        "room",
        "root",
        "shape",
        "sources",
        "stage",
        "views",
    )

    readers: int
    views: int
    held: bool
    offset: int
    room: int

    def __init__(
        self,
        shape: Shape,
        sources: tuple[Tensor, ...] = (),
        element: str = "f32",
        in_place: bool = False,
        stage: str = "",
    ) -> None:
        self.shape = shape
        self.element = element
        self._strides: Shape | None = None
        self.sources = sources
        self.root: Tensor | None = None
        self.in_place = in_place
        self.computed = bool(sources)
        self.external = False
        self.on_host = False
        self.kept = False
        self.listed = False
        self.stage = stage

    @property
    def strides(self) -> Shape:
        return self._strides or contiguous_strides(self.element, self.shape)

    @strides.setter
    def strides(self, strides: Shape) -> None:
        self._strides = strides

    @property
    def size(self) -> int:
        """Bytes of a tensor with memory of its own."""
        first, second, third, fourth = self.shape
        size, block = ELEMENTS[self.element]
        return size * first // block * second * third * fourth

    @property
    def is_contiguous(self) -> bool:
        """Whether the elements lie without gaps, in order."""
        return self._strides is None or self._strides == contiguous_strides(self.element, self.shape)

    def same_layout(self, other: Tensor) -> bool:
        """Whether both have one element type, shape and strides."""
        if self.shape != other.shape or self.element != other.element:
            return False
        return self._strides is other._strides or self.strides == other.strides


class Graph:
    """Operations in the order in which llama.cpp runs them.

    ``expand`` lists a result and everything it needs, as ``ggml_build_forward_expand`` does: an
    operation that nobody has expanded yet has no place in the order.

    marks : lengths of ``leaves`` and ``nodes`` where one part ends and the next one begins.
    repeats : how often the last part but one runs, for layers that are alike.
    """

    def __init__(self) -> None:
        self.nodes: list[Tensor] = []
        self.stage = ""
        self.leaves: list[Tensor] = []
        self.marks: list[tuple[int, int]] = []
        self.repeats = 1

    def mark(self) -> None:
        """End a part here."""
        self.marks.append((len(self.leaves), len(self.nodes)))

    def parts(self) -> Iterator[tuple[list[Tensor], list[Tensor]]]:
        """Leaves and operations of each part."""
        ends = [(0, 0), *self.marks, (len(self.leaves), len(self.nodes))]
        for (leaf, node), (next_leaf, next_node) in pairwise(ends):
            yield self.leaves[leaf:next_leaf], self.nodes[node:next_node]

    def expand(self, tensor: Tensor) -> Tensor:
        """Put ``tensor`` and its unlisted sources into the order, sources first."""
        if not tensor.listed:
            tensor.listed = True
            for source in tensor.sources:
                if not source.listed:
                    self.expand(source)
            if tensor.computed:
                self.nodes.append(tensor)
            else:
                self.leaves.append(tensor)
        return tensor

    def input(self, *dimensions: int, element: str = "f32") -> Tensor:
        """Values that the host supplies for each batch."""
        tensor = Tensor(shape_of(dimensions), element=element, stage=self.stage)
        tensor.on_host = True
        return tensor

    def blank(self, *dimensions: int, element: str = "f32") -> Tensor:
        """Memory that an operation of the device fills; as all that no operation makes, it's taken first."""
        return Tensor(shape_of(dimensions), element=element, stage=self.stage)

    def computed(self, dimensions: Iterable[int], element: str = "f32") -> Tensor:
        """A result of weights or caches alone."""
        tensor = Tensor(shape_of(dimensions), element=element, stage=self.stage)
        tensor.computed = True
        return tensor

    def op(self, dimensions: Iterable[int], *sources: Tensor, element: str = "f32") -> Tensor:
        """Any operation with a result of its own."""
        return Tensor(shape_of(dimensions), sources, element, stage=self.stage)

    def in_place(self, target: Tensor, *others: Tensor) -> Tensor:
        """An operation that may overwrite one of its sources: norm, rotation, sum, product, activation."""
        return Tensor(target.shape, (target, *others), target.element, in_place=True, stage=self.stage)

    def norm(self, source: Tensor, mean_too: bool = False) -> Tensor:
        """A norm with its weight; LayerNorm (``mean_too``) never overwrites its source, RMS norm may."""
        result = Tensor(source.shape, (source,), stage=self.stage)
        result.in_place = not mean_too
        return result

    def linear(self, rows: int, source: Tensor, *others: Tensor) -> Tensor:
        """A product with a weight matrix of ``rows`` rows."""
        return Tensor((rows, *source.shape[1:]), (source, *others), stage=self.stage)

    def store(self, *sources: Tensor) -> Tensor:
        """A write into a cache."""
        tensor = Tensor((1, 1, 1, 1), sources, stage=self.stage)
        tensor.external = True
        return self.expand(tensor)

    def view(self, source: Tensor, dimensions: Iterable[int], strides: Shape | None = None) -> Tensor:
        """Another shape over the same memory; ``strides`` in bytes, contiguous where None."""
        tensor = Tensor(shape_of(dimensions), (source,), source.element, stage=self.stage)
        if strides is not None:
            tensor.strides = strides
        tensor.root = source.root or source
        tensor.on_host = source.on_host
        tensor.external = source.external
        return tensor

    def permute(self, source: Tensor, *axes: int) -> Tensor:
        """Dimension ``i`` of ``source`` becomes dimension ``axes[i]``."""
        shape, strides = [0] * 4, [0] * 4
        for index, axis in enumerate(axes):
            shape[axis], strides[axis] = source.shape[index], source.strides[index]
        return self.view(source, shape, (strides[0], strides[1], strides[2], strides[3]))

    def contiguous(self, source: Tensor, *dimensions: int) -> Tensor:
        """A copy without gaps, in the shape ``dimensions`` where given."""
        shape = shape_of(dimensions) if dimensions else source.shape
        return Tensor(shape, (source,), source.element, stage=self.stage)

    def rows_of(self, source: Tensor, indices: Tensor, dimensions: Iterable[int]) -> Tensor:
        """Rows of ``source`` picked by ``indices``."""
        return self.op(dimensions, source, indices)

    def written(self, target: Tensor, *others: Tensor) -> Tensor:
        """An operation that leaves its result in ``target``'s memory."""
        tensor = self.view(target, target.shape, target.strides)
        tensor.sources = (target, *others)
        return tensor

    def overwrite(self, target: Tensor, rows: Tensor, indices: Tensor) -> Tensor:
        """``target`` with some rows replaced, in its own memory."""
        tensor = Tensor(target.shape, (rows, indices, target), target.element, stage=self.stage)
        tensor.root = target.root or target
        return tensor
