"""Commands to paste: read back as the engines read them, they ask for the same figures."""

from __future__ import annotations

import argparse
import re
import shlex
from dataclasses import asdict

import pytest

from generator.accuracy.bands import Bands
from generator.catalog import Catalog, load_catalog
from generator.memory.estimate import Estimate
from generator.memory.settings import RunSettings
from generator.pages.facts import facts
from generator.pages.parts.commands import commands, source
from generator.placement import layers_in_ram, several
from generator.placement.launch import Source, Split, llama_server, ollama, vllm_serve
from generator.requests import Service
from generator.scenarios import Atlas
from tests.reference import DATA

MODELS = ("qwen3-8b", "gemma-3-27b", "qwen3-30b-a3b", "deepseek-v3.1", "llama-4-scout", "gpt-oss-20b")
ON = {"on": True, "off": False}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(DATA)


@pytest.fixture(scope="module")
def bands() -> Bands:
    return Bands.load(DATA / "accuracy.json")


@pytest.fixture(scope="module")
def atlas(catalog: Catalog, bands: Bands) -> Atlas:
    return Atlas(catalog, bands)


@pytest.fixture(scope="module")
def service(catalog: Catalog, bands: Bands) -> Service:
    return Service(catalog, bands)


def unfolded(text: str) -> str:
    """What a shell makes of lines that end in a backslash."""
    return text.replace("\\\n", "")


def read_llama_server(line: str) -> dict[str, object]:
    """A request from a llama-server line, by the names of llama.cpp's common/arg.cpp."""
    parser = argparse.ArgumentParser(prog="llama-server", allow_abbrev=False, exit_on_error=False)
    parser.add_argument("-m", "--model", required=True)
    parser.add_argument("-c", "--ctx-size", type=int, default=0)
    parser.add_argument("-np", "--parallel", type=int, default=-1)
    parser.add_argument("-ngl", "--gpu-layers", "--n-gpu-layers", type=int, default=-1)
    parser.add_argument("-fa", "--flash-attn", choices=("on", "off", "auto"), default="auto")
    parser.add_argument("-ctk", "--cache-type-k", default="f16")
    parser.add_argument("-ctv", "--cache-type-v", default="f16")
    parser.add_argument("-ub", "--ubatch-size", type=int, default=512)
    parser.add_argument("-ncmoe", "--n-cpu-moe", type=int, default=0)
    parser.add_argument("--swa-full", action="store_true")
    parser.add_argument("-kvu", "--kv-unified", action="store_true")
    program, *arguments = shlex.split(unfolded(line))
    assert program == "llama-server"
    given = parser.parse_args(arguments)
    assert given.cache_type_k == given.cache_type_v
    return {
        **_of_file(given.model),
        "context": given.ctx_size,
        "n_seq_max": given.parallel,
        "flash_attention": ON[given.flash_attn],
        "kv_type": given.cache_type_k,
        "ubatch": given.ubatch_size,
        "swa_full": given.swa_full,
        "kv_unified": given.kv_unified,
    }


def _of_file(path: str) -> dict[str, object]:
    name, quant = re.fullmatch(r"(?:\./)?(.+)-([A-Z0-9_]+)\.gguf", path).groups()
    return {"file": name, "quant": quant}


def read_ollama(text: str) -> dict[str, object]:
    """A request from a Modelfile and the server's environment, by Ollama's documentation."""
    environment = dict(re.findall(r"(OLLAMA_\w+)=(\S+)", text))
    parameters = dict(re.findall(r"^PARAMETER (\w+) (\S+)$", text, re.MULTILINE))
    assert parameters["num_gpu"] == "999"
    return {
        **_of_file(re.search(r"^FROM (\S+)$", text, re.MULTILINE)[1]),
        "context": int(parameters["num_ctx"]),
        "batch": int(environment["OLLAMA_NUM_PARALLEL"]),
        "flash_attention": environment["OLLAMA_FLASH_ATTENTION"] == "1",
        "kv_type": environment["OLLAMA_KV_CACHE_TYPE"],
        "ubatch": int(parameters["num_batch"]),
    }


def read_vllm(line: str) -> tuple[dict[str, object], int]:
    """A request from a vllm line, and the cache bytes that it sets."""
    parser = argparse.ArgumentParser(prog="vllm", allow_abbrev=False, exit_on_error=False)
    parser.add_argument("model")
    parser.add_argument("--dtype", choices=("auto", "half", "float16", "bfloat16", "float", "float32"))
    parser.add_argument("--max-model-len", type=int)
    parser.add_argument("--kv-cache-dtype", choices=("auto", "fp8", "fp8_e4m3", "fp8_e5m2", "bfloat16"))
    parser.add_argument("--kv-cache-memory-bytes", type=int)
    parser.add_argument("--max-num-seqs", type=int)
    parser.add_argument("--max-num-batched-tokens", type=int)
    parser.add_argument("--tensor-parallel-size", type=int)
    program, verb, *arguments = shlex.split(unfolded(line))
    assert (program, verb) == ("vllm", "serve")
    given = parser.parse_args(arguments)
    request = {
        "engine": "vllm",
        "model": given.model,
        "quant": {"bfloat16": "BF16", "float16": "F16"}[given.dtype],
        "context": given.max_model_len,
        "kv_type": {"auto": "bf16", "fp8": "fp8"}[given.kv_cache_dtype],
        "max_num_batched_tokens": given.max_num_batched_tokens,
        "max_num_seqs": given.max_num_seqs,
    }
    return request, given.kv_cache_memory_bytes


def read_mlx(line: str) -> dict[str, object]:
    """A request from an mlx_lm.server line, by mlx-lm's server.py; the reply's limit stands for the context."""
    parser = argparse.ArgumentParser(prog="mlx_lm.server", allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--model", required=True)
    parser.add_argument("--decode-concurrency", type=int, default=32)
    parser.add_argument("--prompt-concurrency", type=int, default=8)
    parser.add_argument("--prefill-step-size", type=int, default=2048)
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument("--kv-bits", type=int)
    parser.add_argument("--quantized-kv-start", type=int, default=5000)
    program, *arguments = shlex.split(unfolded(line))
    assert program == "mlx_lm.server"
    given = parser.parse_args(arguments)
    return {
        "engine": "mlx",
        "model": given.model,
        "quant": "BF16",
        "context": given.max_tokens,
        "batch": given.decode_concurrency,
        "kv_type": {None: "f16", 8: "q8_0", 4: "q4_0"}[given.kv_bits],
    }


def answered(service: Service, model: str, request: dict[str, object]) -> Estimate:
    named = {name: value for name, value in request.items() if name != "file" and not str(value).startswith("./")}
    return service.answer({"model": model, **named}).estimate


@pytest.mark.parametrize("slug", MODELS)
@pytest.mark.parametrize("context", [4096, 32768])
def test_every_command_of_a_page_asks_for_the_figures_that_stand_beside_it(
    atlas: Atlas, service: Service, slug: str, context: int
) -> None:
    subject = atlas.subject(slug)
    for quant in ("q4_k_m", "bf16"):
        found = facts(subject, atlas.catalog.quantizations[quant], context)
        read = {command.heading: command.text for command in commands(found)}
        assert read.keys() >= {"llama.cpp", "Ollama"}
        for request in (read_llama_server(read["llama.cpp"]), read_ollama(read["Ollama"])):
            assert request["file"] == source(subject.model, found.quantization).name
            assert answered(service, slug, request) == found.estimate
        if "vLLM" in read:
            request, cache_bytes = read_vllm(read["vLLM"])
            estimate = answered(service, slug, request)
            assert estimate == subject.estimate(found.quantization, context, engine="vllm")
            assert cache_bytes == estimate.kv_cache_bytes + estimate.recurrent_state_bytes
        if "MLX" in read:
            request = read_mlx(read["MLX"])
            assert answered(service, slug, request) == subject.estimate(found.quantization, context, engine="mlx")


@pytest.mark.parametrize(
    "settings",
    [
        RunSettings(batch=4),
        RunSettings(kv_type="q8_0", ubatch=2048),
        RunSettings(flash_attention=False),
        RunSettings(swa_full=True),
        RunSettings(n_seq_max=4, kv_unified=True),
    ],
)
def test_a_server_line_carries_every_setting_that_memory_depends_on(
    atlas: Atlas, service: Service, settings: RunSettings
) -> None:
    subject = atlas.subject("gemma-3-27b")
    run = asdict(settings)
    found = subject.estimator(atlas.catalog.quantizations["q4_k_m"], **run)
    line = llama_server(found, Source("gemma", "google/gemma"), 16384)
    expected = subject.estimate(atlas.catalog.quantizations["q4_k_m"], 16384, **run)
    assert answered(service, "gemma-3-27b", read_llama_server(line)) == expected


def test_layers_in_system_memory_are_counted_with_the_output_head_as_llama_cpp_does(atlas: Atlas) -> None:
    subject = atlas.subject("llama-3.3-70b")
    found = facts(subject, atlas.catalog.quantizations["q4_k_m"], 8192)
    card = atlas.catalog.device("rtx-4090")
    kept = layers_in_ram(found.estimator, 8192, card, found.band.error)
    split = Split(layers_on_device=kept.layers_on_device)
    where = Source("Llama", "meta-llama/Llama")
    line = unfolded(llama_server(found.estimator, where, 8192, split))
    assert f"-ngl {kept.layers_on_device + 1} " in line
    assert f"num_gpu {kept.layers_on_device + 1}\n" in ollama(found.estimator, where, 8192, split)


def test_experts_in_system_memory_are_those_of_every_block(atlas: Atlas) -> None:
    found = facts(atlas.subject("qwen3-30b-a3b"), atlas.catalog.quantizations["q4_k_m"], 8192)
    line = llama_server(found.estimator, Source("Q", "q/Q"), 8192, Split(expert_layers_on_host=48))
    assert line.endswith("--n-cpu-moe 48")


def test_each_gpu_of_several_gets_its_share_of_the_cache(atlas: Atlas) -> None:
    found = atlas.subject("qwen3-8b").estimator(atlas.catalog.quantizations["bf16"], "vllm")
    where = Source("Qwen3-8B", "Qwen/Qwen3-8B")
    alone = read_vllm(vllm_serve(found, where, 8192))[1]
    assert read_vllm(vllm_serve(found, where, 8192, devices=2))[1] == alone // 2


@pytest.mark.parametrize(
    ("slug", "quant", "expected"),
    [
        ("deepseek-v3.2", "fp8", "deepseek-ai/DeepSeek-V3.2"),
        ("deepseek-v3.2", "bf16", "./DeepSeek-V3.2-BF16"),
        ("qwen3-8b", "bf16", "Qwen/Qwen3-8B"),
        ("qwen3-8b", "nvfp4", "./Qwen3-8B-NVFP4"),
    ],
)
def test_weights_come_from_the_repository_that_has_them(atlas: Atlas, slug: str, quant: str, expected: str) -> None:
    quantization = atlas.catalog.quantizations[quant]
    assert source(atlas.subject(slug).model, quantization).checkpoint(quantization.name) == expected


def test_what_no_device_holds_is_started_on_the_group_that_does(atlas: Atlas) -> None:
    found = facts(atlas.subject("deepseek-v3.2"), atlas.catalog.quantizations["fp8"], 8192)
    group = several(found.estimator, 8192, atlas.catalog.device("h200-sxm-141gb"), found.band.error)
    (command,) = (each for each in commands(found, together=(group,)) if each.heading.startswith("vLLM"))
    assert command.heading == "vLLM on 8 × NVIDIA H200 SXM 141 GB"
    assert "--tensor-parallel-size 8" in command.text
    # Every rank has the latent cache whole: 61 layers x (576 values x 2 bytes + 128 + 4 bytes of the indexer).
    assert f"--kv-cache-memory-bytes {61 * (576 * 2 + 132) * 8192} " in command.text
