"""What people type: ``32k`` tokens, ``24GB`` of memory."""

from __future__ import annotations

import re

from generator.memory.errors import MemoryModelError

_TOKENS = re.compile(r"^(\d[\d,_ ]*(?:\.\d+)?)\s*([km]?)$", re.IGNORECASE)
_BYTES = re.compile(r"^(\d+(?:\.\d+)?)\s*(gb|gib|mb|mib|tb|tib)$", re.IGNORECASE)
_TOKEN_UNITS = {"": 1, "k": 1024, "m": 1024 * 1024}
_BYTE_UNITS = {"mb": 10**6, "gb": 10**9, "tb": 10**12, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40}


def parse_tokens(value: object, field: str = "context") -> int:
    """Tokens from ``32768``, ``"32k"``, ``"32,768"`` or ``"1.5M"`` (1k = 1024).

    Raises
    ------
    MemoryModelError : no number of tokens, or less than one.
    """
    allowed = "must be a number of tokens such as 32768, 32k or 1M"
    if isinstance(value, int) and not isinstance(value, bool):
        tokens = value
    elif isinstance(value, str) and (match := _TOKENS.match(value.strip())):
        number = re.sub(r"[,_ ]", "", match[1])
        tokens = (
            int(float(number) * _TOKEN_UNITS[match[2].lower()])
            if "." in number
            else int(number) * _TOKEN_UNITS[match[2].lower()]
        )
    else:
        raise MemoryModelError(field, value, allowed)
    if tokens < 1:
        raise MemoryModelError(field, value, allowed)
    return tokens


def parse_bytes(value: str, field: str = "memory") -> int:
    """Bytes from ``24GB`` (10^9) or ``24GiB`` (2^30).

    Raises
    ------
    MemoryModelError : no amount of memory.
    """
    match = _BYTES.match(value.strip())
    if not match:
        raise MemoryModelError(field, value, "must be an amount of memory such as 24GB or 24GiB")
    return int(float(match[1]) * _BYTE_UNITS[match[2].lower()])
