"""Multi-token-prediction blocks, which a checkpoint carries behind its layers and engines skip by default."""

from __future__ import annotations

from dataclasses import replace

from generator.memory.architecture import Layer
from generator.memory.config import Config
from generator.memory.tensors import Role, Tensor, linear, norm


def draft_block(
    config: Config,
    block: Layer,
    own_embedding: bool = False,
    own_head: bool = False,
    head_norm: str = "nextn.shared_head_norm",
) -> Layer:
    """``block`` behind a projection of the last hidden state and the next token's embedding.

    own_embedding, own_head : it has an embedding or an output head of its own instead of the model's.
    head_norm : GGUF name of the norm before the head.
    """
    hidden_size, vocab_size = config.integer("hidden_size"), config.integer("vocab_size")
    found = [
        linear("nextn.eh_proj", 2 * hidden_size, hidden_size),
        *(norm(name, hidden_size) for name in ("nextn.enorm", "nextn.hnorm", head_norm)),
    ]
    if own_embedding:
        found.append(Tensor("nextn.embed_tokens.weight", (hidden_size, vocab_size), Role.EMBEDDING))
    if own_head:
        found.append(Tensor("nextn.shared_head_head.weight", (hidden_size, vocab_size), Role.OUTPUT))
    return replace(block, extra=(*block.extra, *found))
