"""vLLM as an API server on one GPU."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from generator.memory.activations import activation_width
from generator.memory.architecture import Architecture
from generator.memory.engines.vllm.kv_cache import cache_terms
from generator.memory.engines.vllm.weights import engine_weight_terms, loaded_bytes
from generator.memory.profile import Component, EngineMemory, Term
from generator.memory.settings import RunSettings

GIB = 1 << 30
DEVICE_DEFAULTS = (
    (0, {"max_num_batched_tokens": 2048, "max_num_seqs": 256}),
    (70 * GIB, {"max_num_batched_tokens": 8192, "max_num_seqs": 1024}),
    (160 * GIB, {"max_num_batched_tokens": 16384, "max_num_seqs": 1024}),
)
"""What the API server sets on a GPU of at least so many bytes (engine/arg_utils.py of vLLM 0.33.0).

An A100 of 80 GB gets the defaults of smaller GPUs, for its name; counted by its size it errs on the high side.
"""

ACTIVATION_ITEMSIZE = 2

SAMPLER_BYTES_PER_LOGIT = 39
"""What the sampler's dummy run holds for each logit of ``max_num_seqs`` rows, some ten F32 copies.

The activation peaks of Llama 3.1 8B, Qwen3 0.6B and 32B, gpt-oss 20B and 120B that vLLM 0.11 reports on
H100s (llm-d-benchmark, empirical-vllm-memory-results.md: 4.76 to 7.38 GiB) are 38.4 to 38.9 bytes times
sequences times vocabulary. The same table has one model far below, Mistral Small 3.2 at 2.12 GiB.
"""

CUDA_GRAPH_BYTES = 1 << 29
"""Between the extremes that are reported: -0.88 to 1.03 GiB on H100s (the same table), 1.76 GiB on an L4."""


def memory(architecture: Architecture, quant: str, settings: RunSettings) -> EngineMemory:
    """What vLLM needs to serve ``batch`` requests of the context at once; it takes 92 % of a GPU whatever it needs.

    Raises
    ------
    UnsupportedError : vLLM refuses the combination.
    MemoryModelError : quantization or cache type unknown.
    """
    return EngineMemory(
        held=(*engine_weight_terms(architecture, quant), *cache_terms(architecture, settings)),
        compute=partial(_compute_terms, architecture, settings),
        weights_bytes=loaded_bytes(architecture, quant),
        weights_file_bytes=loaded_bytes(architecture, quant, settings.mtp_in_file),
        pytorch=True,
    )


def _compute_terms(architecture: Architecture, settings: RunSettings) -> Iterator[Term]:
    """The dummy run that vLLM sets memory aside for, whatever is asked of it later, and CUDA graphs."""
    tokens, sequences = settings.max_num_batched_tokens, settings.max_num_seqs
    layers = activation_width(architecture) * ACTIVATION_ITEMSIZE * tokens
    yield Term(
        Component.COMPUTE,
        f"activations of {tokens} tokens",
        fixed_bytes=layers,
        phase="layers",
    )
    yield Term(
        Component.COMPUTE,
        f"sampler's copies of the logits of {sequences} sequences",
        fixed_bytes=architecture.vocab_size * sequences * SAMPLER_BYTES_PER_LOGIT,
        phase="sampling",
    )
    yield Term(Component.COMPUTE, "CUDA graphs", fixed_bytes=CUDA_GRAPH_BYTES)
