"""The kind of an architecture: what decides how its memory behaves, in one short name."""

from __future__ import annotations

from generator.memory.architecture import Architecture
from generator.memory.layers import RECURRENT, Attention, LatentAttention, MoE


def mixer_kind(architecture: Architecture) -> str:
    """How the layers keep past tokens."""
    mixers = [mixer for layer in architecture.layers for mixer in layer.mixers]
    attending = [mixer for mixer in mixers if not isinstance(mixer, RECURRENT)]
    if not attending:
        return "state space only"
    if len(attending) < len(mixers):
        return "hybrid with recurrent layers"
    if any(getattr(mixer, "indexer", None) for mixer in attending):
        return "sparse attention with an indexer"
    if all(isinstance(mixer, LatentAttention) for mixer in attending):
        return "multi-head latent attention"
    if not all(isinstance(mixer, (Attention, LatentAttention)) for mixer in attending):
        return "compressed attention"
    windows = {mixer.window.kind for mixer in attending if isinstance(mixer, Attention) and mixer.window}
    if "windows_ignored" in architecture.traits:
        return "full attention"
    if "chunked" in windows:
        return "chunked attention"
    if windows:
        return "sliding-window attention"
    return "full attention"


def is_mixture(architecture: Architecture) -> bool:
    """Whether any layer is a mixture of experts."""
    return any(isinstance(layer.mlp, MoE) for layer in architecture.layers)


def architecture_name(architecture: Architecture) -> str:
    """What engines call the architecture: llama.cpp's name where it has one, else the ``model_type``."""
    return architecture.gguf or architecture.model_type


def architecture_kind(architecture: Architecture) -> str:
    """``mixer_kind`` with whether the MLP is dense or a mixture of experts."""
    return f"{mixer_kind(architecture)}, {'MoE' if is_mixture(architecture) else 'dense'}"
