"""Whose log it is, and everything it says."""

from __future__ import annotations

from generator.engine_logs import llama_cpp, ollama, vllm
from generator.engine_logs.figures import LogFigures

ENGINES = ("llama.cpp", "ollama", "vllm")
_SIGNS = (
    ("vllm", ("Model loading took", "KV cache memory", "GPU KV cache size", "vLLM", "model weights take")),
    ("ollama", ("ollama", 'msg="model weights"', 'msg="kv cache"', "KvSize:")),
    ("llama.cpp", ("buffer size", "llama_", "load_tensors", "print_info")),
)


def engine_of(log: str) -> str | None:
    """The engine that printed a log, None where nothing in it tells."""
    return next((engine for engine, signs in _SIGNS if any(sign in log for sign in signs)), None)


def parse_log(log: str, engine: str | None = None) -> LogFigures | None:
    """Figures and settings in a log; None where no engine can be told and none is given."""
    engine = engine or engine_of(log)
    if engine == "vllm":
        return LogFigures(
            engine=engine,
            version=vllm.version(log),
            model=vllm.model(log),
            quant=vllm.quant(log),
            device=None,
            settings=vllm.settings(log),
            layers_on_device=None,
            layers=None,
            figures=tuple(vllm.figures(log)),
        )
    if engine not in ENGINES:
        return None
    inner = ollama if engine == "ollama" else llama_cpp
    on_device, layers = llama_cpp.layers(log) or (None, None)
    return LogFigures(
        engine=engine,
        version=inner.version(log),
        model=llama_cpp.model(log),
        quant=llama_cpp.quant(log),
        device=llama_cpp.device(log),
        settings=inner.settings(log),
        layers_on_device=on_device,
        layers=layers,
        figures=tuple(inner.figures(log)),
    )


def telling_lines(log: str, engine: str) -> str:
    """The lines of a log that tell anything about memory, in order: what a report needs of it, and nothing private."""
    return "".join(f"{line.rstrip()}\n" for line in log.splitlines() if _tells(line, engine))


def _tells(line: str, engine: str) -> bool:
    found = parse_log(line, engine)
    told = found and (found.figures or found.settings or found.version or found.quant or found.layers or found.device)
    return bool(told) or llama_cpp.NEW_CONTEXT.search(line) is not None
