"""The command that starts an engine with the settings that a set of figures stands for.

Flags as llama.cpp 0c1e57098 (common/arg.cpp), Ollama (docs/modelfile.mdx, docs/faq.mdx), vLLM 0.33.0
(engine/arg_utils.py) and mlx-lm 0.32.2 (server.py) have them.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from generator.memory.engines.mlx import PREFILL_STEP
from generator.memory.estimate import Estimator
from generator.placement.tensor_parallel import rank_cache_bytes

LINE_WIDTH = 38
"""Characters that a line of code has room for on a phone."""

ALL_LAYERS = 999
"""More layers than any model has: llama.cpp and Ollama take it for all of them."""

VLLM_DTYPES = {"BF16": "bfloat16", "F16": "float16"}
VLLM_CACHE_TYPES = {"bf16": "auto", "f16": "auto"}
"""vLLM keeps the cache in the type it computes in unless told otherwise, and names that ``auto``."""

MLX_CACHE_BITS = {"q8_0": 8, "q4_0": 4}


class Split(Struct, frozen=True):
    """What of a model stays in system memory.

    layers_on_device : blocks that the device holds, None for all.
    expert_layers_on_host : blocks, from the first on, whose routed experts stay in system memory.
    """

    layers_on_device: int | None = None
    expert_layers_on_host: int = 0


NO_SPLIT = Split()
"""All of a model is on the device."""


class Source(Struct, frozen=True):
    """Where an engine finds the weights.

    name : the model as file names have it. repository : on Hugging Face, in 16 bits, empty where it has other weights.
    published : the repository in which the maker publishes the quantization that is run, if any.
    """

    name: str
    repository: str
    published: str = ""

    def gguf(self, quant: str) -> str:
        """The usual name of the model's GGUF file."""
        return f"{self.name}-{quant}.gguf"

    def checkpoint(self, quant: str) -> str:
        """The repository that has the weights at a quantization, else a folder of it."""
        if self.published or (quant in VLLM_DTYPES and self.repository):
            return self.published or self.repository
        return f"./{self.name}-{quant.replace(' ', '-')}"


def _lines(parts: list[str]) -> str:
    """A command whose ``parts`` stay whole, over as many lines as they need."""
    lines = [parts[0]]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) < LINE_WIDTH:
            lines[-1] += f" {part}"
        else:
            lines.append(f"  {part}")
    return " \\\n".join(lines)


def llama_server(found: Estimator, source: Source, context: int, split: Split = NO_SPLIT) -> str:
    """``llama-server`` with every default that memory depends on written out.

    context : tokens of one sequence; ``-c`` is that of all slots together.
    """
    run = found.settings
    cache = run.kv_type or "f16"
    blocks = ALL_LAYERS if split.layers_on_device is None else split.layers_on_device + 1
    parts = [
        "llama-server",
        f"-m {source.gguf(found.quant)}",
        f"-c {context if run.n_seq_max else context * run.batch}",
        f"-np {run.sequences}",
        f"-ngl {blocks}",
        f"-fa {'on' if run.flash_attention else 'off'}",
        f"-ctk {cache}",
        f"-ctv {cache}",
        f"-ub {run.ubatch}",
    ]
    if split.expert_layers_on_host:
        parts.append(f"--n-cpu-moe {split.expert_layers_on_host}")
    if run.swa_full:
        parts.append("--swa-full")
    if run.n_seq_max and run.kv_unified:
        parts.append("--kv-unified")
    return _lines(parts)


def ollama(found: Estimator, source: Source, context: int, split: Split = NO_SPLIT) -> str:
    """A Modelfile and the lines that serve it; ``num_gpu`` counts blocks as ``-ngl`` does."""
    run = found.settings
    name = source.name.lower()
    blocks = ALL_LAYERS if split.layers_on_device is None else split.layers_on_device + 1
    return "\n".join(
        (
            f"export OLLAMA_FLASH_ATTENTION={int(run.flash_attention)}",
            f"export OLLAMA_KV_CACHE_TYPE={run.kv_type or 'f16'}",
            f"export OLLAMA_NUM_PARALLEL={run.sequences}",
            "ollama serve &",
            "cat > Modelfile <<END",
            f"FROM ./{source.gguf(found.quant)}",
            f"PARAMETER num_ctx {context}",
            f"PARAMETER num_gpu {blocks}",
            f"PARAMETER num_batch {run.ubatch}",
            "END",
            f"ollama create {name}",
            f"ollama run {name}",
        )
    )


def vllm_serve(found: Estimator, source: Source, context: int, devices: int = 1) -> str:
    """``vllm serve`` with room for ``batch`` requests of the whole context and no more.

    devices : GPUs that share every layer; the cache size is that of each.
    """
    run = found.settings
    cache = (run.kv_type or "bf16").lower()
    parts = [f"vllm serve {source.checkpoint(found.quant)}"]
    if found.quant in VLLM_DTYPES:
        parts.append(f"--dtype {VLLM_DTYPES[found.quant]}")
    parts += [
        f"--max-model-len {context}",
        f"--kv-cache-dtype {VLLM_CACHE_TYPES.get(cache, cache)}",
        f"--kv-cache-memory-bytes {rank_cache_bytes(found, context, devices)}",
        f"--max-num-seqs {run.max_num_seqs}",
        f"--max-num-batched-tokens {run.max_num_batched_tokens}",
        f"--tensor-parallel-size {devices}",
    ]
    return _lines(parts)


def mlx_server(found: Estimator, source: Source, context: int) -> str:
    """``mlx_lm.server``, whose cache grows with the conversation: it has no switch for the context."""
    run = found.settings
    parts = [
        "mlx_lm.server",
        f"--model {source.checkpoint(found.quant)}",
        f"--decode-concurrency {run.sequences}",
        f"--prompt-concurrency {run.sequences}",
        f"--prefill-step-size {PREFILL_STEP}",
        f"--max-tokens {context}",
    ]
    bits = MLX_CACHE_BITS.get(run.kv_type or "")
    if bits:
        parts.append(f"--kv-bits {bits} --quantized-kv-start 0")
    return _lines(parts)


OLLAMA = "Ollama"
LAUNCHERS: dict[str, tuple[tuple[str, Callable[..., str]], ...]] = {
    "llama.cpp": (("llama.cpp", llama_server), (OLLAMA, ollama)),
    "vllm": (("vLLM", vllm_serve),),
    "mlx": (("MLX", mlx_server),),
}
"""Programs that run with the figures of an engine; Transformers is a library and has no server here."""
