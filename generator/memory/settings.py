"""What a run is asked to be: context, sequences and switches, engine by engine alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from generator.memory.errors import MemoryModelError

LARGEST_CONTEXT = 1 << 32
LARGEST_COUNT = 1 << 20


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Settings of one run. ``None`` stands for the engine's own default.

    batch : sequences, each of the context asked for.
    kv_type : stored type of the cache (``f16``, ``bf16``, ``q8_0``, ``fp8``, ...).
    ubatch : micro-batch, tokens computed at once.
    swa_full : windowed layers keep the whole context.
    n_seq_max : slots of a server whose whole context is given; overrides ``batch``.
    kv_unified : all slots share one cache.
    n_outputs_max : rows of logits reserved, or ``"all"`` for one a token of the micro-batch.
    mtp_in_file : the weights file carries multi-token-prediction blocks.
    imatrix : the quantizer had an importance matrix.
    max_num_batched_tokens, max_num_seqs : tokens and requests that vLLM schedules at once, as on a GPU of 80 GB.
    """

    batch: int = 1
    kv_type: str | None = None
    flash_attention: bool = True
    ubatch: int = 512
    swa_full: bool = False
    n_seq_max: int | None = None
    kv_unified: bool = False
    n_outputs_max: int | str | None = None
    mtp_in_file: bool = False
    imatrix: bool = False
    max_num_batched_tokens: int = 8192
    max_num_seqs: int = 1024

    def __post_init__(self) -> None:
        for name in ("batch", "ubatch", "n_seq_max", "n_outputs_max", "max_num_batched_tokens", "max_num_seqs"):
            value = getattr(self, name)
            if value is None or (name == "n_outputs_max" and value == "all"):
                continue
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST_COUNT:
                allowed = f"must be an integer from 1 to {LARGEST_COUNT}"
                raise MemoryModelError(name, value, allowed + (' or "all"' if name == "n_outputs_max" else ""))
        for name in ("flash_attention", "swa_full", "kv_unified", "mtp_in_file", "imatrix"):
            if not isinstance(getattr(self, name), bool):
                raise MemoryModelError(name, getattr(self, name), "must be true or false")

    @property
    def sequences(self) -> int:
        """Sequences that run side by side."""
        return self.n_seq_max or self.batch

    @property
    def outputs(self) -> int:
        """Rows of logits reserved: one a sequence unless set, at most one a token."""
        if self.n_outputs_max == "all":
            return self.ubatch
        return min(int(self.n_outputs_max or self.sequences), self.ubatch)

    @property
    def streams(self) -> int:
        """Separate caches: one a sequence, or a single one that all share."""
        return 1 if self.n_seq_max and self.kv_unified else self.sequences

    def context_per_stream(self, context: int) -> int:
        """Tokens of one stream when ``context`` is asked for.

        ``context`` is tokens a sequence, or the server's whole context where ``n_seq_max`` is given.
        """
        if isinstance(context, bool) or not isinstance(context, int) or not 1 <= context <= LARGEST_CONTEXT:
            raise MemoryModelError("context", context, f"must be an integer from 1 to {LARGEST_CONTEXT}")
        return context if self.n_seq_max is None else max(context // self.streams, 1)


@lru_cache(maxsize=256)
def changed(settings: RunSettings, changes: tuple[tuple[str, Any], ...]) -> RunSettings:
    """``settings`` with others for some fields: few that many pages ask for."""
    return replace(settings, **dict(changes))
