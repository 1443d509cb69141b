"""What tensors don't show of how llama.cpp wires each architecture's blocks; read in its ``src/models``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from generator.memory.architecture import Architecture
from generator.memory.errors import unknown


@dataclass(frozen=True, slots=True)
class Wiring:
    """What tensors don't show of how llama.cpp wires an architecture's blocks.

    rows : where the rows that yield logits are picked: after the last mixer, after its sum with the
        residual, after the last block, or after the final norm. The earlier, the smaller is what follows.
    norm_first : the first norm is computed before anything of the mixer.
    residual_first : in the sums after mixer and MLP, the residual is the first operand (it gets overwritten).
    position_rows : positions a token, 4 where rotation is multimodal.
    mean_stream : residual streams are joined by their mean, not by weights, before the output head.
    parts_first : window's mask, and what goes back into residual streams, are computed ahead of their use.
    alternating : layers compute one of several streams (AltUp).
    scale_first : embeddings are scaled before any other input is used.
    """

    rows: Literal["mixer", "sum", "block", "norm"] = "mixer"
    norm_first: bool = False
    residual_first: tuple[bool, bool] = (False, False)
    position_rows: int = 1
    scale_first: bool = False
    mean_stream: bool = False
    parts_first: bool = False
    alternating: bool = False


_PLAIN = Wiring()
_AFTER_NORM = Wiring(rows="norm")
_RESIDUAL_FIRST = Wiring(residual_first=(True, True))
_QWEN35 = Wiring(rows="norm", norm_first=True, position_rows=4)
WIRING = {
    "afmoe": _PLAIN,
    "apertus": _PLAIN,
    "arcee": _PLAIN,
    "bailingmoe2": _PLAIN,
    "bailingmoe3": _AFTER_NORM,
    "chatglm": _PLAIN,
    "cohere2": _PLAIN,
    "command-r": _PLAIN,
    "deci": _PLAIN,
    "deepseek": _PLAIN,
    "deepseek2": _PLAIN,
    "deepseek32": _PLAIN,
    "deepseek4": Wiring(parts_first=True),
    "dots1": _PLAIN,
    "ernie4_5": _PLAIN,
    "ernie4_5-moe": _PLAIN,
    "exaone4": _PLAIN,
    "falcon-h1": Wiring(rows="sum"),
    "gemma": _PLAIN,
    "gemma2": _PLAIN,
    "gemma3": _PLAIN,
    "gemma3n": Wiring(rows="block", alternating=True),
    "gemma4": _AFTER_NORM,
    "glm-dsa": _PLAIN,
    "glm4": _PLAIN,
    "glm4moe": _PLAIN,
    "glm5-next": Wiring(norm_first=True, mean_stream=True),
    "gpt-oss": Wiring(rows="block"),
    "granite": Wiring(scale_first=True),
    "granitehybrid": Wiring(scale_first=True),
    "granitemoe": Wiring(scale_first=True),
    "hunyuan-dense": _PLAIN,
    "hunyuan-moe": _PLAIN,
    "hy_v3": _AFTER_NORM,
    "internlm2": _PLAIN,
    "jamba": _RESIDUAL_FIRST,
    "kimi-k3": Wiring(rows="block", norm_first=True),
    "kimi-linear": Wiring(norm_first=True),
    "laguna": _PLAIN,
    "lfm2": _RESIDUAL_FIRST,
    "lfm2moe": _RESIDUAL_FIRST,
    "llama": _PLAIN,
    "llama4": _PLAIN,
    "mamba": _PLAIN,
    "mamba2": _PLAIN,
    "mimo2": _PLAIN,
    "minimax-m2": _PLAIN,
    "minimax-m3": _PLAIN,
    "mistral3": _PLAIN,
    "mistral4": _PLAIN,
    "muse-glimmer": _PLAIN,
    "nemotron_h": _AFTER_NORM,
    "nemotron_h_moe": _AFTER_NORM,
    "olmo2": _PLAIN,
    "olmoe": _PLAIN,
    "phi3": Wiring(residual_first=(False, True)),
    "phimoe": Wiring(residual_first=(False, True)),
    "qwen2": _PLAIN,
    "qwen2moe": _PLAIN,
    "qwen2vl": Wiring(position_rows=4),
    "qwen3": _PLAIN,
    "qwen35": _QWEN35,
    "qwen35moe": _QWEN35,
    "qwen3moe": _PLAIN,
    "qwen3next": Wiring(rows="norm", norm_first=True),
    "qwen3vl": Wiring(position_rows=4),
    "qwen3vlmoe": Wiring(position_rows=4),
    "seed_oss": _PLAIN,
    "smollm3": _PLAIN,
    "stablelm": _PLAIN,
    "starcoder2": _PLAIN,
    "step35": Wiring(rows="block"),
}
"""By llama.cpp's name of the architecture."""


def wiring_of(architecture: Architecture) -> Wiring:
    """How llama.cpp wires an architecture.

    Raises
    ------
    MemoryModelError : llama.cpp's way of building it isn't known.
    """
    if architecture.gguf not in WIRING:
        raise unknown("architecture", architecture.gguf, WIRING)
    return WIRING[architecture.gguf]
