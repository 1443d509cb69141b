"""What a block is made of: the kinds of token mixer and of MLP, each with the tensors it holds.

The kinds are a closed union of frozen siblings: every consumer (cache, compute graph, pages)
asks the same questions of each and refuses a kind that it doesn't know.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from generator.memory.tensors import Role, Tensor, bias, buffer, convolution, exact, expert, linear, norm, router, state

Tensors = tuple[Tensor, ...]


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


@dataclass(frozen=True, slots=True)
class GatedDeltaNet:
    """Gated delta rule linear attention (Qwen3-Next, Qwen3.5): a matrix state a value head.

    fused_beta_alpha : one ``ssm_ba`` tensor instead of ``ssm_beta`` and ``ssm_alpha``.
    """

    num_key_heads: int
    num_value_heads: int
    key_head_dim: int
    value_head_dim: int
    conv_kernel: int
    fused_beta_alpha: bool = False

    @property
    def value_width(self) -> int:
        return self.num_value_heads * self.value_head_dim

    @property
    def conv_channels(self) -> int:
        return 2 * self.num_key_heads * self.key_head_dim + self.value_width

    @property
    def state_elements(self) -> tuple[int, int]:
        """Elements of convolution state and of recurrent state, one sequence."""
        return (self.conv_kernel - 1) * self.conv_channels, self.value_width * self.key_head_dim

    def tensors(self, hidden_size: int) -> Tensors:
        heads = self.num_value_heads
        mixing = (
            (linear("ssm_ba", hidden_size, 2 * heads),)
            if self.fused_beta_alpha
            else (linear("ssm_alpha", hidden_size, heads), linear("ssm_beta", hidden_size, heads))
        )
        return (
            linear("attn_qkv", hidden_size, self.conv_channels),
            linear("attn_gate", hidden_size, self.value_width),
            *mixing,
            convolution("ssm_conv1d", self.conv_kernel, self.conv_channels),
            state("ssm_a", heads),
            bias("ssm_dt", heads),
            norm("ssm_norm", self.value_head_dim),
            linear("ssm_out", self.value_width, hidden_size),
        )


@dataclass(frozen=True, slots=True)
class KimiDeltaAttention:
    """Kimi delta attention (KDA): delta rule with a decay per channel.

    low_rank_decay : the decay is made by a product of two thin matrices, else by one full matrix.
    low_rank_gate : the same of the output gate.
    gate_name : GGUF name of a full gate matrix.
    bounded_decay : the decay stays above a lower bound (a scaled sigmoid instead of a softplus).
    """

    num_heads: int
    head_dim: int
    conv_kernel: int
    low_rank_decay: bool = True
    low_rank_gate: bool = True
    gate_name: str = "ssm_g"
    bounded_decay: bool = False

    @property
    def width(self) -> int:
        return self.num_heads * self.head_dim

    @property
    def state_elements(self) -> tuple[int, int]:
        """Elements of convolution state and of recurrent state, one sequence."""
        return (self.conv_kernel - 1) * 3 * self.width, self.width * self.head_dim

    def tensors(self, hidden_size: int) -> Tensors:
        width, dim = self.width, self.head_dim
        gate = (
            (linear("ssm_g_a", hidden_size, dim), linear("ssm_g_b", dim, width))
            if self.low_rank_gate
            else (linear(self.gate_name, hidden_size, width),)
        )
        decay = (
            (linear("ssm_f_a", hidden_size, dim), linear("ssm_f_b", dim, width))
            if self.low_rank_decay
            else (linear("ssm_f_a", hidden_size, width),)
        )
        return (
            *(linear(f"attn_{part}", hidden_size, width) for part in "qkv"),
            *(convolution(f"ssm_conv1d_{part}", self.conv_kernel, width) for part in "qkv"),
            *decay,
            linear("ssm_beta", hidden_size, self.num_heads),
            state("ssm_a", 1, self.num_heads),
            bias("ssm_dt", width),
            *gate,
            norm("ssm_norm", dim),
            linear("attn_output", width, hidden_size),
        )


@dataclass(frozen=True, slots=True)
class Mamba1:
    """Mamba selective state space layer, with Jamba's norms where ``inner_norms`` says so."""

    inner_size: int
    state_size: int
    conv_kernel: int
    time_step_rank: int
    inner_norms: bool = False

    @property
    def state_elements(self) -> tuple[int, int]:
        """Elements of convolution state and of recurrent state, one sequence."""
        return (self.conv_kernel - 1) * self.inner_size, self.state_size * self.inner_size

    def tensors(self, hidden_size: int) -> Tensors:
        rank, states = self.time_step_rank, self.state_size
        norms = (
            (norm("ssm_dt_norm", rank), norm("ssm_b_norm", states), norm("ssm_c_norm", states))
            if self.inner_norms
            else ()
        )
        return (
            linear("ssm_in", hidden_size, 2 * self.inner_size),
            convolution("ssm_conv1d", self.conv_kernel, self.inner_size),
            bias("ssm_conv1d", self.inner_size),
            linear("ssm_x", self.inner_size, rank + 2 * states),
            *norms,
            linear("ssm_dt", rank, self.inner_size),
            bias("ssm_dt", self.inner_size),
            state("ssm_a", states, self.inner_size),
            state("ssm_d", self.inner_size),
            linear("ssm_out", self.inner_size, hidden_size),
        )


@dataclass(frozen=True, slots=True)
class Mamba2:
    """Mamba-2 layer: scalar decay a head, ``num_groups`` groups share B and C."""

    inner_size: int
    state_size: int
    conv_kernel: int
    num_heads: int
    num_groups: int
    conv_bias: bool = True
    gated_norm: bool = True

    @property
    def conv_channels(self) -> int:
        return self.inner_size + 2 * self.num_groups * self.state_size

    @property
    def state_elements(self) -> tuple[int, int]:
        """Elements of convolution state and of recurrent state, one sequence."""
        return (self.conv_kernel - 1) * self.conv_channels, self.state_size * self.inner_size

    def tensors(self, hidden_size: int) -> Tensors:
        found = [
            linear("ssm_in", hidden_size, self.inner_size + self.conv_channels + self.num_heads),
            convolution("ssm_conv1d", self.conv_kernel, self.conv_channels),
            bias("ssm_dt", self.num_heads),
            state("ssm_a", 1, self.num_heads),
            state("ssm_d", 1, self.num_heads),
            linear("ssm_out", self.inner_size, hidden_size),
        ]
        if self.conv_bias:
            found.append(bias("ssm_conv1d", self.conv_channels))
        if self.gated_norm:
            found.append(norm("ssm_norm", self.inner_size // self.num_groups, self.num_groups))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class ShortConvolution:
    """LFM2's gated short convolution: a state of ``kernel - 1`` columns."""

    width: int
    kernel: int

    @property
    def state_elements(self) -> tuple[int, int]:
        """Elements of convolution state and of recurrent state, one sequence."""
        return (self.kernel - 1) * self.width, 0

    def tensors(self, hidden_size: int) -> Tensors:
        return (
            linear("shortconv.in_proj", hidden_size, 3 * self.width),
            convolution("shortconv.conv", self.kernel, self.width),
            linear("shortconv.out_proj", self.width, hidden_size),
        )


@dataclass(frozen=True, slots=True)
class QueryKeyConvolution:
    """Zaya's convolutions over queries and keys, before the attention of the same block.

    channels : width of queries and keys together; they are convolved one by one, then by groups of ``group``.
    delayed_width : part of the values that comes one token late.
    """

    channels: int
    group: int
    kernels: tuple[int, int]
    delayed_width: int

    @property
    def state_elements(self) -> tuple[int, int]:
        """Elements of convolution state and of delayed values, one sequence."""
        return sum(kernel - 1 for kernel in self.kernels) * self.channels, self.delayed_width

    def tensors(self, hidden_size: int) -> Tensors:
        single, grouped = self.kernels
        return (
            convolution("attn_conv", single, self.channels),
            bias("attn_conv", self.channels),
            Tensor("attn_conv_group.weight", (grouped, self.group, self.channels), Role.LINEAR),
            bias("attn_conv_group", self.channels),
        )


Mixer = (
    Attention
    | LatentAttention
    | CompressedAttention
    | GatedDeltaNet
    | KimiDeltaAttention
    | Mamba1
    | Mamba2
    | ShortConvolution
    | QueryKeyConvolution
)
RECURRENT = (GatedDeltaNet, KimiDeltaAttention, Mamba1, Mamba2, ShortConvolution, QueryKeyConvolution)


Activation = Literal["silu", "gelu", "relu2", "swiglu_oai", "swiglu_clamped", "situ", "xielu"]
"""Non-linearity of an MLP: SiLU or GELU (of the gate where there is one), squared ReLU, gpt-oss's
SwiGLU, SwiGLU between limits, Kimi-K3's bounded SiTU, or Apertus' xIELU."""


@dataclass(frozen=True, slots=True)
class DenseMLP:
    """A feed-forward network of one width.

    gated : has a gate matrix beside the up matrix.
    activation : its non-linearity.
    fused_gate : gate and up are one tensor ``ffn_up`` of twice the width (Phi-3).
    """

    intermediate_size: int
    gated: bool = True
    fused_gate: bool = False
    bias: bool = False
    activation: Activation = "silu"

    def tensors(self, hidden_size: int) -> Tensors:
        width = self.intermediate_size
        ups = {"ffn_up": 2 * width} if self.fused_gate else {"ffn_up": width}
        if self.gated and not self.fused_gate:
            ups["ffn_gate"] = width
        found = [linear(name, hidden_size, rows) for name, rows in ups.items()]
        found.append(linear("ffn_down", width, hidden_size))
        if self.bias:
            found += [bias(name, rows) for name, rows in ups.items()]
            found.append(bias("ffn_down", hidden_size))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class MoE:
    """A mixture of experts with optional shared experts.

    num_experts, num_experts_per_tok : routed experts held, and read for each token.
    shared_intermediate_size : width of all shared experts together, 0 without any.
    latent_size : width of the space that routed experts work in, None for the hidden size.
    fused_gate : gate and up of the experts are one tensor ``ffn_gate_up_exps``.
    routing : tensors that make the router's logits where that isn't one matrix.
    gating : what turns router logits into weights (``softmax``, ``sigmoid``, ``sqrtsoftplus``, ...).
    groups, groups_per_tok : expert groups of the routing, 1 without groups, and those that a token may use.
    normalized : the chosen experts' weights are divided by their sum.
    scaled : the weights are multiplied by a factor other than one.
    activation : see ``DenseMLP``.
    beside : an MLP whose result is added to the experts'.
    """

    num_experts: int
    num_experts_per_tok: int
    intermediate_size: int
    shared_intermediate_size: int = 0
    shared_gate: bool = False
    gated: bool = True
    fused_gate: bool = False
    expert_bias: bool = False
    router_bias: bool = False
    score_correction: bool = False
    score_correction_name: str = "exp_probs_b.bias"
    latent_size: int | None = None
    routing: Tensors = ()
    gating: str = "softmax"
    groups: int = 1
    groups_per_tok: int = 1
    normalized: bool = True
    scaled: bool = False
    activation: Activation = "silu"
    beside: DenseMLP | None = None
    extra: Tensors = field(default=())

    def tensors(self, hidden_size: int) -> Tensors:
        experts, width = self.num_experts, self.intermediate_size
        inner = self.latent_size or hidden_size
        if self.fused_gate:
            ups = {"ffn_gate_up_exps": 2 * width}
        elif self.gated:
            ups = {"ffn_gate_exps": width, "ffn_up_exps": width}
        else:
            ups = {"ffn_up_exps": width}
        found = list(self.routing) or [router("ffn_gate_inp", hidden_size, experts)]
        found += [expert(name, inner, rows, experts) for name, rows in ups.items()]
        found.append(expert("ffn_down_exps", width, inner, experts))
        if self.expert_bias:
            found += [bias(name, rows, experts) for name, rows in ups.items()]
            found.append(bias("ffn_down_exps", inner, experts))
        if self.router_bias:
            found.append(bias("ffn_gate_inp", experts))
        if self.score_correction:
            found.append(buffer(self.score_correction_name, experts))
        if self.shared_intermediate_size:
            shared = self.shared_intermediate_size
            if self.gated:
                found.append(linear("ffn_gate_shexp", hidden_size, shared))
            found += [linear("ffn_up_shexp", hidden_size, shared), linear("ffn_down_shexp", shared, hidden_size)]
        if self.shared_gate:
            found.append(norm("ffn_gate_inp_shexp", hidden_size))
        if self.beside:
            found += self.beside.tensors(hidden_size)
        return (*found, *self.extra)


MLP = DenseMLP | MoE
