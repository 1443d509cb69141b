"""vLLM with every layer cut among several devices (``--tensor-parallel-size``).

Modelled: each rank's weights and caches. Assumed: activations, CUDA graphs and the driver as on a single device,
which errs on the high side, and the buffers of the collectives as they were measured on NVIDIA's devices.
"""

from __future__ import annotations

from generator.memory.engines.vllm.ranks import cache_portion, rank_weight_bytes
from generator.memory.errors import UnsupportedError
from generator.memory.estimate import ErrorBand, Estimator
from generator.memory.kv_cache import caches
from generator.memory.profile import Component

ENGINE = "vllm"
MIB = 1 << 20

COLLECTIVES_BYTES = {2: 342 * MIB}
COLLECTIVES_BYTES_OF_MORE = 392 * MIB
"""NCCL's buffers on each of 2 and of 4 to 8 GPUs (ai-dynamo/aiconfigurator 095f58a)."""

_KEPT = (Component.KV_CACHE, Component.RECURRENT_STATE)


def tensor_parallel(estimator: Estimator, context: int, ranks: int, vendor: str, band: ErrorBand) -> tuple[int, int]:
    """Middle and high total of each of ``ranks`` devices, bytes.

    Raises
    ------
    UnsupportedError : vLLM refuses so many ranks, or how it pads a part isn't known.
    """
    estimate = estimator.at(context, vendor, band)
    whole = estimate.weights_device_bytes + estimate.kv_cache_bytes + estimate.recurrent_state_bytes
    part = rank_weight_bytes(estimator.architecture, estimator.quant, ranks)
    part += rank_cache_bytes(estimator, context, ranks)
    part += COLLECTIVES_BYTES.get(ranks, COLLECTIVES_BYTES_OF_MORE)
    return estimate.total_bytes - whole + part, estimate.total_high_bytes - whole + part


def rank_cache_bytes(estimator: Estimator, context: int, ranks: int) -> int:
    """KV cache and state of each of ``ranks`` devices, bytes."""
    profile = estimator.memory.profile
    tokens = estimator.settings.context_per_stream(profile.padded(context))
    terms = [term for term in profile.terms if term.component in _KEPT]
    held = 0
    for term, cache in zip(terms, caches(estimator.architecture), strict=True):
        numerator, denominator = cache_portion(cache, ranks)
        held += term.size(tokens) * numerator // denominator
    return held


def can_share(estimator: Estimator, ranks: int) -> bool:
    """Whether vLLM cuts the model for so many ranks, as far as is known."""
    try:
        rank_weight_bytes(estimator.architecture, estimator.quant, ranks)
    except UnsupportedError:
        return False
    return True
