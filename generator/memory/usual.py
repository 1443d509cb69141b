"""The usual rule of thumb, to be shown beside what an engine really allocates."""

from __future__ import annotations

from generator.memory.architecture import Architecture
from generator.memory.layers import Attention, LatentAttention

F16_BYTES = 2


def usual_kv_bytes(architecture: Architecture, context: int, batch: int = 1) -> int:
    """2 x layers x KV heads x head size x 2 bytes x tokens, whatever the layers really keep.

    Heads and head size are those of the first attention layer; latent attention counts its full
    heads, as a formula that doesn't know the compression does. Models without any attention: 0.
    """
    for layer in architecture.layers:
        for mixer in layer.mixers:
            if isinstance(mixer, Attention):
                width = mixer.key_width + mixer.value_width
            elif isinstance(mixer, LatentAttention):
                heads = mixer.num_attention_heads
                width = heads * (mixer.qk_nope_head_dim + mixer.qk_rope_head_dim + mixer.v_head_dim)
            else:
                continue
            return architecture.num_layers * width * F16_BYTES * context * batch
    return 0
