"""What a block computes for each token alone: dense networks and mixtures of experts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from generator.memory.tensors import Tensors, bias, buffer, expert, linear, norm, router

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
