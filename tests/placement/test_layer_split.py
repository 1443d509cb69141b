"""Whole layers on several devices, against what llama.cpp printed on machines with two and with sixteen."""

from __future__ import annotations

import pytest

from generator.memory.architecture import from_config
from generator.memory.estimate import ErrorBand, estimator
from generator.placement.layer_split import layer_split, layers_by_device
from tests.reference import architecture

MIB = 1 << 20
EXACT = ErrorBand()

# SmolLM2-135M on two A40, llama.cpp build 9665, four slots that share 8,192 cells (a log in a public GitHub file).
SMOLLM2 = {
    "model_type": "llama",
    "hidden_size": 576,
    "num_hidden_layers": 30,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "head_dim": 64,
    "intermediate_size": 1536,
    "vocab_size": 49152,
    "tie_word_embeddings": True,
    "max_position_embeddings": 8192,
}
CACHE_MIB = (96.0, 84.0)
COMPUTE_MIB = 48.91

# DeepSeek-R1 with 61 layers on sixteen RTX 3090, 72 MiB of cache where a device holds four layers
# (ik_llama.cpp, log of 2025-03-17).
SIXTEEN = (4, 4, 4, 4, 4, 4, 4, 3, 4, 4, 4, 4, 4, 4, 4, 2)


def test_layers_go_where_the_engine_put_them():
    assert tuple(len(layers) for layers in layers_by_device(61, 16)) == SIXTEEN


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8])
def test_every_layer_has_one_device_and_their_order_is_kept(count: int):
    parts = layers_by_device(80, count)
    assert len(parts) == count
    assert [layer for part in parts for layer in part] == list(range(80))


def test_caches_and_compute_buffers_of_two_devices_are_those_that_were_printed():
    found = estimator(from_config(SMOLLM2), "Q4_K_M")
    whole = found.at(8192)
    shares = layer_split(found, 8192, 2, "nvidia", EXACT)
    layer_bytes = whole.kv_cache_bytes // 30
    assert tuple(len(share.layers) * layer_bytes / MIB for share in shares) == CACHE_MIB
    spread = whole.weights_device_bytes + whole.kv_cache_bytes
    own = (sum(share.used_bytes for share in shares) - spread) / 2 - whole.runtime_bytes
    assert COMPUTE_MIB <= own / MIB <= 1.06 * COMPUTE_MIB


@pytest.mark.parametrize("model", ["Llama-3.3-70B", "Gemma-3-27B", "DeepSeek-V3", "Qwen3-Next-80B-A3B"])
@pytest.mark.parametrize("count", [2, 4])
def test_devices_hold_all_of_the_weights_and_caches_between_them(model: str, count: int):
    found = estimator(architecture(model), "Q4_K_M")
    whole = found.at(32768)
    shares = layer_split(found, 32768, count, "nvidia", EXACT)
    own = whole.compute_bytes + whole.runtime_bytes + 3 * whole.compute_host_bytes
    spread = whole.weights_device_bytes + whole.kv_cache_bytes + whole.recurrent_state_bytes
    assert sum(share.used_bytes for share in shares) == spread + count * own
