"""What is read from logs: real lines with the figures that people read from them, and whole logs of each engine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.engine_logs import parse_log, telling_lines
from tests.reference import REFERENCE

MIB, GIB = 1 << 20, 1 << 30
METRICS = {
    "kv_mib": {"kv_cache_bytes", "recurrent_state_bytes", "context_bytes"},
    "compute_mib": {"compute_bytes", "compute_host_bytes"},
    "host_buffer_mib": {"compute_host_bytes", "weights_host_bytes"},
    "model_buffer_mib": {"weights_device_bytes", "weights_host_bytes"},
    "weights_gib": {"weights_file_bytes"},
    "vllm_weights_gib": {"weights_bytes"},
    "vllm_kv_gib": {"available_kv_cache_bytes"},
    "vllm_kv_tokens": {"kv_cache_tokens"},
}
"""Names that a quoted line may give for each metric of the table."""

LLAMA_CPP = """\
build: 9849 (799fcc04a) with cc for x86_64-linux-gnu
llama_model_load_from_file_impl: using device Vulkan0 (NVIDIA GeForce RTX 3080 Ti) (0000:01:00.0) - 11000 MiB free
print_info: file type   = Q4_K - Medium
print_info: file size   = 6.87 GiB (4.84 BPW)
print_info: general.name     = Gemma 4 12B It
load_tensors: offloaded 49/49 layers to GPU
load_tensors:   CPU_Mapped model buffer size =   787.50 MiB
load_tensors:      Vulkan0 model buffer size =  6637.63 MiB
0.00.031.547 I llama_context: constructing llama_context
0.00.031.547 I llama_context: n_seq_max     = 4
0.00.031.547 I llama_context: n_ctx         = 8192
0.00.031.547 I llama_context: n_ctx_per_seq = 2048
0.00.031.547 I llama_context: n_ubatch      = 512
0.00.031.547 I llama_context: flash_attn    = auto
0.00.031.547 I llama_context: kv_unified    = true
llama_context: Vulkan_Host  output buffer size =     4.00 MiB
llama_kv_cache_iswa: creating non-SWA KV cache, size = 8192 cells
llama_kv_cache:    Vulkan0 KV buffer size =   128.00 MiB
llama_kv_cache: size =  128.00 MiB (  8192 cells,   8 layers,  4/1 seqs), K (q8_0):   64.00 MiB, V (q8_0):   64.00 MiB
llama_kv_cache_iswa: creating     SWA KV cache, size = 6144 cells
llama_kv_cache:    Vulkan0 KV buffer size =  1920.00 MiB
llama_memory_recurrent:    Vulkan0 RS buffer size =   149.62 MiB
sched_reserve:    Vulkan0 compute buffer size =   541.07 MiB
sched_reserve: Vulkan_Host compute buffer size =   116.08 MiB
"""
DRAFT_MODEL = """\
llama_context: constructing llama_context
llama_kv_cache:    Vulkan0 KV buffer size =    32.00 MiB
"""
OLLAMA = """\
time=2026-02-21T14:14:45.000-06:00 level=INFO msg="Listening on 127.0.0.1:11434 (version 0.17.1)"
msg=load request="{Operation:commit Parallel:2 BatchSize:512 FlashAttention:Enabled KvSize:8192 KvCacheType:q8_0 X:1}"
level=INFO source=ggml.go:494 msg="offloaded 37/37 layers to GPU"
level=INFO source=device.go:240 msg="model weights" device=CUDA0 size="4.7 GiB"
level=INFO source=device.go:245 msg="model weights" device=CPU size="333.8 MiB"
level=INFO source=device.go:251 msg="kv cache" device=CUDA0 size="612.0 MiB"
level=INFO source=device.go:262 msg="compute graph" device=CUDA0 size="121.8 MiB"
level=INFO source=device.go:272 msg="total memory" size="5.7 GiB"
"""
VLLM = """\
INFO 10-01 core.py:77] Initializing a V1 LLM engine (v0.11.0) with config: model='Qwen/Qwen3-0.6B', \
dtype=torch.bfloat16, \
max_seq_len=16000, tensor_parallel_size=1, quantization=None, kv_cache_dtype=auto
INFO gpu_model_runner.py:2653] Model loading took 1.1201 GiB memory and 3.2 seconds
INFO gpu_worker.py:298] Available KV cache memory: 64.45 GiB
INFO kv_cache_utils.py:1087] GPU KV cache size: 603,376 tokens
INFO kv_cache_utils.py:1091] Maximum concurrency for 16,000 tokens per request: 37.71x
"""


def quoted_rows() -> list[dict[str, Any]]:
    """Rows of the table that quote a line of a log of an engine that is known here."""
    lines = (REFERENCE / "field/reports.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row for row in rows if row["metric"] in METRICS and row["trust"] == "log"]


def test_every_quoted_log_line_gives_the_figure_that_was_read_from_it() -> None:
    wrong = []
    rows = quoted_rows()
    for row in rows:
        log = parse_log(row["quote"], "vllm" if row["engine"] == "vllm" else "llama.cpp")
        assert log is not None
        scale = {"mib": MIB, "gib": GIB}.get(row["metric"].rpartition("_")[2], 1)
        found = [log.total(name) for name in METRICS[row["metric"]] & set(log.names)]
        close = [f for f in found if f and abs(f.value - row["value"] * scale) <= max(2 * f.rounding, 1)]
        if len(close) != 1:
            wrong.append((row["quote"], row["value"], found))
    assert wrong == []
    assert len(rows) >= 130


def test_llama_cpp_gives_buffers_by_place_and_all_settings() -> None:
    log = parse_log(LLAMA_CPP)
    assert log is not None
    assert (log.engine, log.version, log.model, log.quant) == ("llama.cpp", "b9849", "Gemma 4 12B It", "Q4_K_M")
    assert (log.device, log.layers_on_device, log.layers) == ("NVIDIA GeForce RTX 3080 Ti", 49, 49)
    assert log.settings == {
        "context": 8192,
        "n_seq_max": 4,
        "ubatch": 512,
        "kv_unified": True,
        "kv_type": "q8_0",
        "flash_attention": True,
    }
    totals = {name: total.value / MIB for name in log.names if (total := log.total(name))}
    assert totals == {
        "weights_host_bytes": 787.5,
        "weights_device_bytes": pytest.approx(6637.63),
        "output_bytes": 4.0,
        "kv_cache_bytes": 2048.0,
        "recurrent_state_bytes": pytest.approx(149.62),
        "compute_bytes": pytest.approx(541.07),
        "compute_host_bytes": pytest.approx(116.08),
        "weights_file_bytes": pytest.approx(6.87 * 1024),
    }


def test_a_draft_model_s_context_does_not_count() -> None:
    log = parse_log(LLAMA_CPP + DRAFT_MODEL)
    assert log is not None
    cache = log.total("kv_cache_bytes")
    assert cache is not None
    assert (cache.value, cache.device, cache.line) == (2048 * MIB, "Vulkan0", 18)


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("Q4_K - Medium", "Q4_K_M"),
        ("Q2_K - Medium", "Q2_K"),
        ("Q3_K - Large", "Q3_K_L"),
        ("IQ3_S mix - 3.66 bpw", "IQ3_M"),
        ("IQ4_XS - 4.25 bpw", "IQ4_XS"),
        ("MXFP4 MoE", "MXFP4_MOE"),
        ("all F32", "F32"),
        ("(guessed) Q8_0", "Q8_0"),
    ],
)
def test_file_types_have_the_names_of_mixes(printed: str, name: str) -> None:
    log = parse_log(f"print_info: file type   = {printed}\n")
    assert log is not None
    assert log.quant == name


def test_ollama_gives_its_summary_and_what_was_requested() -> None:
    log = parse_log(OLLAMA)
    assert log is not None
    assert (log.engine, log.version, log.layers) == ("ollama", "0.17.1", 37)
    assert log.settings == {
        "context": 8192,
        "n_seq_max": 2,
        "ubatch": 512,
        "kv_type": "q8_0",
        "flash_attention": True,
    }
    weights, cache = log.total("weights_device_bytes"), log.total("kv_cache_bytes")
    assert weights is not None
    assert (weights.value, weights.rounding) == (round(4.7 * GIB), round(0.05 * GIB))
    assert cache is not None
    assert cache.value == 612 * MIB
    assert set(log.names) == {"weights_device_bytes", "weights_host_bytes", "kv_cache_bytes", "compute_bytes"}


def test_ollama_s_summary_gives_way_to_finer_lines() -> None:
    log = parse_log(OLLAMA + "llama_kv_cache:      CUDA0 KV buffer size =   612.25 MiB\n")
    assert log is not None
    cache = log.total("kv_cache_bytes")
    assert cache is not None
    assert cache.value == 612.25 * MIB


def test_vllm_gives_weights_room_and_tokens() -> None:
    log = parse_log(VLLM)
    assert log is not None
    assert (log.engine, log.version, log.model, log.quant) == ("vllm", "0.11.0", "Qwen/Qwen3-0.6B", "bf16")
    assert log.settings == {"context": 16000, "tensor_parallel": 1, "kv_type": "bf16"}
    totals = {name: total.value for name in log.names if (total := log.total(name))}
    assert totals == {
        "weights_bytes": round(1.1201 * GIB),
        "available_kv_cache_bytes": round(64.45 * GIB),
        "kv_cache_tokens": 603_376,
    }


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("model weights take 8.32GiB; non_torch_memory takes 0.34GiB;", "weights_bytes", round(8.32 * GIB)),
        ("Loading model weights took 14.9888 GB", "weights_bytes", round(14.9888 * GIB)),
        (
            "the rest of the memory reserved for KV Cache is 8.77GiB.",
            "available_kv_cache_bytes",
            round(8.77 * GIB),
        ),
        ("# GPU blocks: 5691, # CPU blocks: 2048", "kv_cache_tokens", 5691 * 16),
        ("# cuda blocks: 100, # CPU blocks: 2048, block_size=32", "kv_cache_tokens", 3200),
    ],
)
def test_older_versions_of_vllm_are_read_too(line: str, name: str, value: int) -> None:
    log = parse_log(line, "vllm")
    assert log is not None
    total = log.total(name)
    assert total is not None
    assert total.value == value


def test_the_lines_kept_tell_the_same_and_nothing_else() -> None:
    whole = LLAMA_CPP + "main: loading /home/someone/secret.gguf\n" + DRAFT_MODEL
    kept = telling_lines(whole, "llama.cpp")
    assert "secret" not in kept
    before, after = parse_log(whole), parse_log(kept)
    assert before is not None
    assert after is not None
    assert [(f.name, f.value) for f in after.figures] == [(f.name, f.value) for f in before.figures]
    assert after.settings == before.settings


def test_a_text_that_is_no_log_gives_nothing() -> None:
    assert parse_log("Dear diary, today I ran a model.") is None
    empty = parse_log("llama_print_timings: nothing of use")
    assert empty is not None
    assert empty.figures == ()
