"""What a block is made of: the kinds of token mixer and of MLP, each with the tensors it holds.

The kinds are a closed union of frozen siblings: every consumer (cache, compute graph, pages)
asks the same questions of each and refuses a kind that it doesn't know.
"""

from generator.memory.layers.attention import Attention, CompressedAttention, Indexer, LatentAttention, Window
from generator.memory.layers.mlp import Activation, DenseMLP, MoE
from generator.memory.layers.recurrent import (
    GatedDeltaNet,
    KimiDeltaAttention,
    Mamba1,
    Mamba2,
    QueryKeyConvolution,
    ShortConvolution,
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

MLP = DenseMLP | MoE

__all__ = [
    "MLP",
    "RECURRENT",
    "Activation",
    "Attention",
    "CompressedAttention",
    "DenseMLP",
    "GatedDeltaNet",
    "Indexer",
    "KimiDeltaAttention",
    "LatentAttention",
    "Mamba1",
    "Mamba2",
    "Mixer",
    "MoE",
    "QueryKeyConvolution",
    "ShortConvolution",
    "Window",
]
