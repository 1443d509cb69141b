"""The worst micro-batch that llama.cpp reserves for, and the inputs that it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from generator.memory.engines.llama_cpp.compute.graph import Graph, Tensor

FLOAT_TYPES = frozenset({"f32", "f16", "bf16"})


@dataclass(frozen=True, slots=True)
class Batch:
    """What the graph is built for.

    tokens : tokens of the micro-batch, all sequences together.
    sequences : sequences in it.
    streams : separate caches, 1 where all sequences share one.
    outputs : rows of logits.
    cells, window_cells : cells of one stream's cache, whole context and windowed layers.
    kv_type : stored type of the caches, by ggml's name; quantized K and V get rotated first.
    """

    tokens: int
    sequences: int
    streams: int
    outputs: int
    cells: int
    window_cells: int
    flash_attention: bool
    kv_type: str

    @property
    def quantized(self) -> bool:
        """Whether the caches' type is quantized."""
        return self.kv_type not in FLOAT_TYPES

    @property
    def sequence_tokens(self) -> int:
        return self.tokens // self.sequences

    @property
    def stream_tokens(self) -> int:
        return self.tokens // self.streams


@dataclass(slots=True)
class Pass:
    """One forward pass under construction.

    position_rows : positions a token.
    widest_values : width of V in the layer where it is widest, all heads together.
    windowed : some layers have a cache of their own for a window.
    unrotated : some layers don't rotate queries and keys.
    inputs : inputs made so far, by name.
    picked, sparse_mask : what the last indexer picked, as cells or as a mask.
    residuals : residuals kept for later layers.
    """

    batch: Batch
    hidden_size: int
    graph: Graph = field(default_factory=Graph)
    position_rows: int = 1
    widest_values: int = 0
    windowed: bool = False
    unrotated: bool = False
    inputs: dict[str, Tensor] = field(default_factory=dict)
    picked: Tensor | None = None
    sparse_mask: Tensor | None = None
    residuals: Tensor | None = None

    def once(self, name: str, make: Callable[[], Tensor]) -> Tensor:
        """What ``make`` makes, made once."""
        if name not in self.inputs:
            self.inputs[name] = make()
        return self.inputs[name]

    def positions(self) -> Tensor:
        """Token positions, several a token where rotation is multimodal."""
        rows = self.batch.tokens * self.position_rows
        return self.once("positions", partial(self.graph.input, rows, element="i32"))

    def output_rows(self) -> Tensor:
        """Which tokens yield logits."""
        return self.once("outputs", partial(self.graph.input, self.batch.outputs, element="i32"))

    def scale(self) -> Tensor:
        """A factor a token for queries of long contexts (Llama 4, Mistral)."""
        return self.once("scale", partial(self.graph.input, 1, 1, self.batch.tokens))

    def mask(self, cells: int, cache: str, element: str = "") -> Tensor:
        """Which of ``cells`` each token sees; half precision with flash attention unless ``element`` says."""
        element = element or ("f16" if self.batch.flash_attention else "f32")
        make = partial(self.graph.input, cells, self.batch.stream_tokens, 1, self.batch.streams, element=element)
        return self.once(f"mask of {cache}", make)

    def key_cells(self, cache: str) -> Tensor:
        """Where each token's K goes."""
        return self.once(f"K cells of {cache}", partial(self.graph.input, self.batch.tokens, element="i64"))

    def value_cells(self, cache: str) -> Tensor:
        """Where each token's V goes; one index a value where V is stored transposed (no flash attention)."""
        rows = self.batch.tokens * (1 if self.batch.flash_attention else self.widest_values)
        return self.once(f"V cells of {cache}", partial(self.graph.input, rows, element="i64"))

    def rotation(self, size: int, cache: str, what: str) -> Tensor:
        """The Hadamard matrix that spreads outliers before quantized storage."""
        return self.once(f"{what} rotation of {cache}", partial(self.graph.input, size, size))

    def state_rows(self) -> Tensor:
        """Which recurrent state belongs to each sequence."""
        return self._state_view("states", self.batch.sequences)

    def idle_state_rows(self) -> Tensor:
        """The states of sequences outside the micro-batch: none, and yet an operation moves them."""
        return self._state_view("idle states", 0)

    def _state_view(self, name: str, rows: int) -> Tensor:
        every = self.once("every state", partial(self.graph.input, self.batch.sequences, element="i32"))
        return self.once(name, lambda: self.graph.view(every, (rows,)))
