"""How config fields are told from a GGUF file: the rules that ``gguf_config`` puts in its table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from generator.intake.gguf_header import GgufHeader

Rule = str | Callable[[GgufHeader], Any]
"""A metadata key without the architecture's prefix, or a function of the header; None stands for absent."""


def constant(value: Any) -> Rule:
    return lambda header: value


def blocks(header: GgufHeader) -> int:
    """Blocks without those for multi-token prediction."""
    return int(header.value("block_count", 0)) - int(header.value("nextn_predict_layers", 0))


def vocabulary(header: GgufHeader) -> int | None:
    found = header.tensor("token_embd.weight")
    return found.shape[1] if found and len(found.shape) == 2 else None


def tied(header: GgufHeader) -> bool:
    return header.tensor("output.weight") is None


def has(name: str) -> Rule:
    return lambda header: header.tensor(name) is not None


def width(name: str) -> Rule:
    """The row length of a tensor, None where the file lacks it."""

    def rule(header: GgufHeader) -> int | None:
        found = header.tensor(name)
        return found.shape[0] if found else None

    return rule


def mla(key: str) -> Rule:
    """A head size of latent attention, which files from before April 2025 give without the suffix."""
    return lambda header: header.value(f"attention.{key}_mla", header.value(f"attention.{key}"))


def unrotated_keys(header: GgufHeader) -> int | None:
    keys, rotated = mla("key_length")(header), header.value("rope.dimension_count")  # type: ignore[operator]
    return keys - rotated if keys and rotated else None


def llama3_scaling(header: GgufHeader) -> dict[str, str] | None:
    return {"rope_type": "llama3"} if header.tensor("rope_freqs.weight") else None


def long_factors(header: GgufHeader) -> dict[str, Any] | None:
    """Phi-3's tables of factors: their lengths are what memory depends on."""
    found = {length: header.tensor(f"rope_factors_{length}.weight") for length in ("long", "short")}
    if not all(found.values()):
        return None
    return {"type": "longrope"} | {f"{key}_factor": [1.0] * tensor.shape[0] for key, tensor in found.items() if tensor}


def by_heads(other: str, attending: str = "full_attention") -> Rule:
    """``layer_types`` from the KV heads of each block: those without any are of the ``other`` kind."""

    def rule(header: GgufHeader) -> list[str] | None:
        heads = header.value("attention.head_count_kv")
        return [attending if count else other for count in heads] if isinstance(heads, list) else None

    return rule


def key_value_heads(header: GgufHeader) -> Any:
    """The number of KV heads, of the blocks that have any where it is given for each."""
    heads = header.value("attention.head_count_kv")
    return max(heads, default=None) if isinstance(heads, list) else heads


def by_window(header: GgufHeader) -> list[str] | None:
    """``layer_types`` from the flags that say which blocks have a window."""
    flags = header.value("attention.sliding_window_pattern")
    if not isinstance(flags, list):
        return None
    return ["sliding_attention" if flag else "full_attention" for flag in flags[: blocks(header)]]


def quotient(key: str, other: str) -> Rule:
    def rule(header: GgufHeader) -> int | None:
        one, two = header.value(key), header.value(other)
        return one // two if one and two else None

    return rule


def layer_parts(header: GgufHeader) -> list[str] | None:
    """Nemotron-H's order of blocks: each has heads, or a width of its MLP or experts, or neither and is Mamba."""
    heads, widths = header.value("attention.head_count_kv"), header.value("feed_forward_length")
    if not isinstance(heads, list) or not isinstance(widths, list):
        return None
    wide = "moe" if header.value("expert_count", 0) else "mlp"
    return ["attention" if h else wide if w else "mamba" for h, w in zip(heads, widths, strict=True)]


def heads_of(window: bool) -> Rule:
    """KV heads of the blocks with a window, or of those without."""

    def rule(header: GgufHeader) -> int | None:
        heads, flags = header.value("attention.head_count_kv"), header.value("attention.sliding_window_pattern")
        if not isinstance(heads, list) or not isinstance(flags, list):
            return heads if isinstance(heads, int) else None
        return next((count for count, flag in zip(heads, flags, strict=False) if bool(flag) is window), None)

    return rule


def keys_are_values(header: GgufHeader) -> bool:
    """Whether some block that keeps a cache has keys and no values."""
    names = {tensor.name for tensor in header.tensors}
    return any(name.endswith(".attn_k.weight") and name.replace("attn_k", "attn_v") not in names for name in names)


def narrowest(key: str) -> Rule:
    """The least of a list of widths, or the one that all blocks have."""
    return lambda header: min(value) if isinstance(value := header.value(key), list) else value


def widest(key: str) -> Rule:
    """The greatest of a list of widths, or the one that all blocks have."""
    return lambda header: max(value) if isinstance(value := header.value(key), list) else value


def varies(key: str) -> Rule:
    """Whether blocks differ in a width."""
    return lambda header: isinstance(value := header.value(key), list) and len(set(value)) > 1


def positive(key: str) -> Rule:
    """Whether a number is given and not zero."""
    return lambda header: bool(header.value(key, 0))


def indexers(header: GgufHeader) -> list[str] | None:
    """Which blocks have an indexer of their own."""
    flags = header.value("attention.indexer.types")
    return ["full" if flag else "shared" for flag in flags[: blocks(header)]] if isinstance(flags, list) else None


def either(key: str, other: str) -> Rule:
    """A value, or where the file lacks it another."""
    return lambda header: header.value(key, header.value(other))
