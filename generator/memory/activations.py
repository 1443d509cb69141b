"""How wide a PyTorch or MLX model's activations get: what lives at once for each token.

A simple model, not a simulation: the residual stream and its normed copy live throughout, beside
them the inputs and the output of attention, or what an MLP's matrices return. It leaves out what a
kernel or compiler fuses away and what an allocator wastes, so expect errors up to a factor of two.
"""

from __future__ import annotations

from functools import lru_cache

from generator.memory.architecture import Architecture
from generator.memory.layers import MLP, Attention, LatentAttention, Mixer, MoE
from generator.memory.tensors import Role

RESIDUAL_COPIES = 2
"""The residual stream and what the norm made of it."""


@lru_cache(maxsize=1024)
def activation_width(architecture: Architecture) -> int:
    """Elements alive for one token at the widest point of the model, logits left out."""
    widest = 0
    for layer in architecture.layers:
        parts = [_mixer_width(mixer, architecture.hidden_size) for mixer in layer.mixers]
        if layer.mlp is not None:
            parts.append(_mlp_width(layer.mlp, architecture.hidden_size))
        widest = max(widest, *parts)
    return RESIDUAL_COPIES * architecture.hidden_size + widest


def _mixer_width(mixer: Mixer, hidden_size: int) -> int:
    if isinstance(mixer, Attention):
        return mixer.query_width + mixer.key_width + mixer.value_width + mixer.output_width
    if isinstance(mixer, LatentAttention):
        query = mixer.qk_nope_head_dim + mixer.qk_rope_head_dim
        return mixer.num_attention_heads * (2 * query + mixer.v_head_dim) + mixer.output_width
    return sum(tensor.shape[1] for tensor in mixer.tensors(hidden_size) if tensor.role is Role.LINEAR)


def _mlp_width(mlp: MLP, hidden_size: int) -> int:
    """Gate, up and their product; each chosen expert works on a copy of the token and returns one."""
    matrices = 3 if mlp.gated else 2
    if isinstance(mlp, MoE):
        routed = mlp.num_experts_per_tok * (2 * (mlp.latent_size or hidden_size) + matrices * mlp.intermediate_size)
        return routed + matrices * mlp.shared_intermediate_size
    return matrices * mlp.intermediate_size
