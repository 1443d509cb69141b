"""Recurrent mixers: linear attention, state space layers and convolutions with a state of fixed size."""

from __future__ import annotations

from dataclasses import dataclass

from generator.memory.tensors import Role, Tensor, Tensors, bias, convolution, linear, norm, state


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
