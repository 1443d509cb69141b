"""The most memory that processes have had at once, as the system counts it: what they share counts for each."""

from __future__ import annotations

import resource
import sys


def peak_bytes(whose: int = resource.RUSAGE_SELF) -> int:
    """Of this process, or with ``RUSAGE_CHILDREN`` of the largest that it started and that has ended."""
    found = resource.getrusage(whose).ru_maxrss
    return found if sys.platform == "darwin" else found * 1024


def peaks() -> dict[str, int]:
    """Bytes of this process and of its largest worker, 0 where it had none."""
    return {"process": peak_bytes(), "worker": peak_bytes(resource.RUSAGE_CHILDREN)}
