"""Attention: mixers that keep something for every past token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from generator.memory.tensors import Role, Tensor, Tensors, bias, exact, linear, norm, state


@dataclass(frozen=True, slots=True)
class Window:
    """The span of past tokens that an attention layer sees.

    tokens : span in tokens.
    kind : ``sliding`` (the last ``tokens``) or ``chunked`` (the current chunk of ``tokens``).
    """

    tokens: int
    kind: Literal["sliding", "chunked"] = "sliding"


@dataclass(frozen=True, slots=True)
class Indexer:
    """A small attention that picks which tokens the main attention reads (DeepSeek sparse attention).

    num_heads, head_dim : its query heads and their width.
    top_k : what it picks for each query: tokens, or blocks of ``block_size`` of them.
    key_dim, value_dim : values cached a token and layer beside the main cache; no values mostly.
    pooled : keys that are pooled into one before they are scored, 1 where each counts by itself.
    """

    num_heads: int
    head_dim: int
    top_k: int
    key_dim: int
    value_dim: int = 0
    block_size: int = 1
    pooled: int = 1
    tensors: Tensors = ()


@dataclass(frozen=True, slots=True)
class Attention:
    """Softmax attention with its own K and V heads (MHA, GQA, MQA).

    head_dim, v_head_dim : width of a K and of a V head, elements.
    window : None for the whole context.
    fused_qkv : one ``attn_qkv`` tensor, as Phi-3 has it.
    rope : whether queries and keys are rotated by position.
    qk_norm : none, ``head`` (one of ``head_dim`` shared by all heads), ``each`` (one of ``head_dim`` for
        each head), or ``width`` (one over all heads together).
    query_gate : the query projection also makes an output gate of the same width.
    head_gate : a separate projection makes one gate value a head.
    output_gate : a separate projection makes a gate as wide as the output.
    value_tensor : False where keys serve as values, so that no V projection exists.
    own_cache : False where the layer reads the cache of an earlier one.
    """

    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    v_head_dim: int
    window: Window | None = None
    fused_qkv: bool = False
    qkv_bias: bool = False
    output_bias: bool = False
    rope: bool = True
    qk_norm: Literal["head", "each", "width"] | None = None
    query_gate: bool = False
    head_gate: bool = False
    output_gate: bool = False
    sinks: bool = False
    value_tensor: bool = True
    own_cache: bool = True
    indexer: Indexer | None = None

    @property
    def query_width(self) -> int:
        return self.num_attention_heads * self.head_dim

    @property
    def key_width(self) -> int:
        return self.num_key_value_heads * self.head_dim

    @property
    def value_width(self) -> int:
        return self.num_key_value_heads * self.v_head_dim

    @property
    def output_width(self) -> int:
        """Width of what the heads return together, elements."""
        return self.num_attention_heads * self.v_head_dim

    def tensors(self, hidden_size: int) -> Tensors:
        query_width = self.query_width * (2 if self.query_gate else 1)
        projections = {"attn_q": query_width}
        if self.own_cache:
            projections["attn_k"] = self.key_width
            if self.value_tensor:
                projections["attn_v"] = self.value_width
        if self.fused_qkv:
            projections = {"attn_qkv": sum(projections.values())}
        found = [linear(name, hidden_size, width) for name, width in projections.items()]
        if self.qkv_bias:
            found += [bias(name, width) for name, width in projections.items()]
        found.append(linear("attn_output", self.output_width, hidden_size))
        if self.output_bias:
            found.append(bias("attn_output", hidden_size))
        if self.qk_norm == "head":
            found.append(norm("attn_q_norm", self.head_dim))
            if self.own_cache:
                found.append(norm("attn_k_norm", self.head_dim))
        elif self.qk_norm == "each":
            found.append(norm("attn_q_norm", self.head_dim, self.num_attention_heads))
            found.append(norm("attn_k_norm", self.head_dim, self.num_key_value_heads))
        elif self.qk_norm == "width":
            found += [norm("attn_q_norm", self.query_width), norm("attn_k_norm", self.key_width)]
        if self.head_gate:
            found.append(linear("attn_gate", hidden_size, self.num_attention_heads))
        elif self.output_gate:
            found.append(linear("attn_gate", hidden_size, self.output_width))
        if self.sinks:
            found.append(state("attn_sinks.weight", self.num_attention_heads))
        if self.indexer:
            found += self.indexer.tensors
        return tuple(found)


@dataclass(frozen=True, slots=True)
class LatentAttention:
    """Multi-head latent attention (MLA): one compressed K a token, shared by all heads.

    q_lora_rank : None where queries aren't compressed.
    indexer : present where a sparse indexer of this layer picks the tokens.
    indexer_shared : the layer reads the tokens that an earlier layer's indexer picked.
    rope : whether ``qk_rope_head_dim`` of each head is rotated; it is cached either way.
    output_gate_width : width of a gate on the output, 0 without one.
    """

    num_attention_heads: int
    q_lora_rank: int | None
    kv_lora_rank: int
    qk_nope_head_dim: int
    qk_rope_head_dim: int
    v_head_dim: int
    indexer: Indexer | None = None
    indexer_shared: bool = False
    rope: bool = True
    output_gate_width: int = 0

    @property
    def cache_width(self) -> int:
        """Values cached a token: the compressed K/V and the rotary part."""
        return self.kv_lora_rank + self.qk_rope_head_dim

    @property
    def output_width(self) -> int:
        return self.num_attention_heads * self.v_head_dim

    def tensors(self, hidden_size: int) -> Tensors:
        heads = self.num_attention_heads
        query_width = heads * (self.qk_nope_head_dim + self.qk_rope_head_dim)
        if self.q_lora_rank is None:
            query: Tensors = (linear("attn_q", hidden_size, query_width),)
        else:
            query = (
                linear("attn_q_a", hidden_size, self.q_lora_rank),
                norm("attn_q_a_norm", self.q_lora_rank),
                linear("attn_q_b", self.q_lora_rank, query_width),
            )
        gate = (linear("attn_gate", hidden_size, self.output_gate_width),) if self.output_gate_width else ()
        return (
            *query,
            linear("attn_kv_a_mqa", hidden_size, self.cache_width),
            norm("attn_kv_a_norm", self.kv_lora_rank),
            Tensor("attn_k_b.weight", (self.qk_nope_head_dim, self.kv_lora_rank, heads), Role.LINEAR),
            Tensor("attn_v_b.weight", (self.kv_lora_rank, self.v_head_dim, heads), Role.LINEAR),
            linear("attn_output", self.output_width, hidden_size),
            *gate,
            *(self.indexer.tensors if self.indexer else ()),
        )


@dataclass(frozen=True, slots=True)
class CompressedAttention:
    """DeepSeek-V4 attention: one head that serves as K and V, over a window and over compressed tokens.

    head_dim : values cached a cell, K and V at once.
    window : the span of tokens that is read uncompressed.
    ratio : tokens behind one compressed cell, 0 where the layer sees the window only.
    output_groups, output_lora_rank : the output projection works in groups, each of this rank.
    indexer : picks the compressed cells to read; its keys are compressed by the same ratio.
    """

    num_attention_heads: int
    head_dim: int
    q_lora_rank: int
    qk_rope_head_dim: int
    output_groups: int
    output_lora_rank: int
    window: Window
    ratio: int = 0
    indexer: Indexer | None = None

    @property
    def overlap(self) -> int:
        """Groups of tokens that each compressed cell draws from: neighbouring ones overlap where indexed."""
        return 2 if self.indexer else 1

    @property
    def state_elements(self) -> int:
        """Elements that the compressors keep for one sequence: values and scores of the open groups."""
        if not self.ratio:
            return 0
        widths = self.head_dim + (self.indexer.head_dim if self.indexer else 0)
        return 2 * self.ratio * self.overlap * self.overlap * widths

    def tensors(self, hidden_size: int) -> Tensors:
        query_width, rank = self.num_attention_heads * self.head_dim, self.output_groups * self.output_lora_rank
        found = [
            linear("attn_q_a", hidden_size, self.q_lora_rank),
            norm("attn_q_a_norm", self.q_lora_rank),
            linear("attn_q_b", self.q_lora_rank, query_width),
            linear("attn_kv", hidden_size, self.head_dim),
            norm("attn_kv_a_norm", self.head_dim),
            state("attn_sinks.weight", self.num_attention_heads),
            linear("attn_output_a", query_width // self.output_groups, rank),
            linear("attn_output_b", rank, hidden_size),
        ]
        if self.ratio:
            found += self._compressor("attn_compressor", hidden_size, self.head_dim)
        if self.indexer:
            found += self.indexer.tensors
            found += self._compressor("indexer_compressor", hidden_size, self.indexer.head_dim)
        return tuple(found)

    def _compressor(self, name: str, hidden_size: int, width: int) -> Tensors:
        inner = self.overlap * width
        return (
            linear(f"{name}_kv", hidden_size, inner),
            linear(f"{name}_gate", hidden_size, inner),
            exact(linear(f"{name}_ape", inner, self.ratio)),
            norm(f"{name}_norm", width),
        )
