"""llama.cpp: buffer sizes by device, as libllama has printed them since 2023."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from generator.engine_logs.figures import Figure, first, printed_size

_SIZE = r"=\s*(?P<number>[\d.]+) (?P<unit>[KMG]iB)"
_BUFFERS = (
    (re.compile(rf"(?P<device>\S+) (?:model )?buffer size {_SIZE}"), "weights"),
    (re.compile(rf"(?P<device>\S+) KV buffer size {_SIZE}"), "kv_cache"),
    (re.compile(rf"(?P<device>\S+) RS buffer size {_SIZE}"), "recurrent_state"),
    (re.compile(rf"(?P<device>\S+) compute buffer size {_SIZE}"), "compute"),
    (re.compile(rf"(?P<device>\S+) +output buffer size {_SIZE}"), "output"),
)
_TOTALS = (
    (re.compile(rf"KV self size\s+{_SIZE}"), "kv_cache"),
    (re.compile(rf"llama_kv_cache\w*:\s+size {_SIZE} \(\s*\d+ cells"), "kv_cache"),
    (re.compile(rf"llama_memory_recurrent:\s+size {_SIZE}"), "recurrent_state"),
    (re.compile(rf"(?:file|model) size\s+{_SIZE} \([\d.]+ BPW"), "file"),
)
"""Totals without a device; where the buffers themselves are printed, those count."""

_BREAKDOWN = re.compile(
    r"(?P<device>\w+) \([^|]*\)\s*\|\s*\d+ =\s*\d+ \+ "
    r"\(\s*\d+ =\s*(?P<weights>\d+) \+\s*(?P<context>\d+) \+\s*(?P<compute>\d+)\)"
)
"""What is printed at the end, in whole MiB: total = free + (own = weights + context + compute) + rest."""

_BREAKDOWN_NAMES = {"weights": "weights_device_bytes", "context": "context_bytes", "compute": "compute_bytes"}

_HOST = re.compile(r"CPU|_Host$|_Host_|_REPACK$", re.IGNORECASE)
NEW_CONTEXT = re.compile(r"constructing llama_context|llama_new_context_with_model: n_ctx\s+=")
"""How a context starts; a second one is another run's or a draft model's."""

_VERSIONS = (r"\bbuild(?:_info)?: (b?\d+)", r"\bversion: (\d+)")
_NAMED = re.compile(r"(Q\d_K|IQ3_S)(?: -)? (Small|Medium|Large|mix)\b")
_SIZES = {"Small": "S", "Medium": "M", "Large": "L"}
_SETTINGS: tuple[tuple[str, str, Callable[[str], Any]], ...] = (
    ("context", r"\bn_ctx\s+= (\d+)", int),
    ("n_seq_max", r"\bn_seq_max\s+= (\d+)", int),
    ("ubatch", r"\bn_ubatch\s+= (\d+)", int),
    ("kv_unified", r"\bkv_unified\s+= (true|false)", lambda text: text == "true"),
    ("kv_type", r"\bK \((\w+)\): *[\d.]+ MiB, V", str),
    ("flash_attention", r"\bflash_attn\s+= (\w+)", lambda text: text in ("1", "enabled", "true", "auto")),
)


def figures(log: str) -> Iterator[Figure]:
    """Every buffer of the model and of its first context."""
    contexts = list(NEW_CONTEXT.finditer(log))
    text = log[: contexts[1].start()] if len(contexts) > 1 else log
    lines = list(enumerate(text.splitlines(), 1))
    found = [figure for number, line in lines for figure in _buffers(number, line)]
    yield from found
    known = {figure.name for figure in found}
    known |= {"context_bytes"} if known & {"kv_cache_bytes", "recurrent_state_bytes"} else set()
    for number, line in lines:
        yield from (figure for figure in _totals(number, line) if figure.name not in known)


def _buffers(number: int, line: str) -> Iterator[Figure]:
    for pattern, part in _BUFFERS:
        match = pattern.search(line)
        if match and (part != "weights" or "model buffer" in line or "load_tensors" in line):
            yield _figure(_name(part, match["device"]), match, match["device"], number, line)


def _totals(number: int, line: str) -> Iterator[Figure]:
    for pattern, part in _TOTALS:
        match = pattern.search(line)
        if match:
            yield _figure("weights_file_bytes" if part == "file" else f"{part}_bytes", match, "", number, line)
    breakdown = _BREAKDOWN.search(line)
    if breakdown:
        for part, name in _BREAKDOWN_NAMES.items():
            value, rounding = printed_size(breakdown[part], "MiB")
            yield Figure(name, value, rounding, breakdown["device"], number, line.strip())


def _figure(name: str, match: re.Match[str], device: str, number: int, line: str) -> Figure:
    value, rounding = printed_size(match["number"], match["unit"])
    return Figure(name, value, rounding, device, number, line.strip())


def _name(part: str, device: str) -> str:
    on_host = bool(_HOST.search(device))
    if part == "weights":
        return "weights_host_bytes" if on_host else "weights_device_bytes"
    if part == "compute":
        return "compute_host_bytes" if on_host else "compute_bytes"
    return f"{part}_bytes"


def settings(log: str) -> dict[str, Any]:
    """What the context was set to, as far as it is printed."""
    found = {name: (first(pattern, log), convert) for name, pattern, convert in _SETTINGS}
    return {name: convert(text) for name, (text, convert) in found.items() if text is not None}


def version(log: str) -> str | None:
    """The build number: ``b9849``."""
    number = next((found for pattern in _VERSIONS if (found := first(pattern, log))), None)
    return None if number is None else f"b{number.removeprefix('b')}"


def model(log: str) -> str | None:
    """The name in the file's metadata."""
    name = first(r"general\.name\s+(?:str\s+)?= (.+)", log)
    return name.strip() if name else None


def quant(log: str) -> str | None:
    """The mix that the file says it holds: ``Q4_K_M`` for ``Q4_K - Medium``."""
    text = first(r"(?:file type|model ftype)\s+= (?:\(guessed\) )?(.+)", log)
    if text is None:
        return None
    match = _NAMED.match(text)
    if match is None:
        plain = text.removeprefix("all ").split(" - ")[0].strip()
        return "MXFP4_MOE" if plain.startswith("MXFP4") else plain
    if match[0] == "Q2_K - Medium":
        return "Q2_K"
    return "IQ3_M" if match[2] == "mix" else f"{match[1]}_{_SIZES[match[2]]}"


def device(log: str) -> str | None:
    """The first device that is used, as its driver names it."""
    return first(r"using device \S+ \((.+?)\)(?: \(|\s-|$)", log) or first(r"Device 0: (.+?), compute capability", log)


def layers(log: str) -> tuple[int, int] | None:
    """How many layers were offloaded, and of how many."""
    match = re.search(r"offloaded (\d+)/(\d+) layers", log)
    return (int(match[1]), int(match[2])) if match else None
