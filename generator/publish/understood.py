"""Data files as the last build understood them, so that the next one only reads those that have changed."""

from __future__ import annotations

import pickle
from contextlib import suppress
from pathlib import Path

from generator.catalog import Understood
from generator.publish.digests import code_digest

Kept = dict[Path, Understood]


def read_understood(file: Path) -> Kept:
    """What was kept by the same program; nothing where there is no such file."""
    with suppress(OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError, TypeError, ValueError):
        program, kept = pickle.loads(file.read_bytes())
        if program == code_digest():
            found: Kept = kept
            return found
    return {}


def keep_understood(file: Path, kept: Kept, before: Kept) -> None:
    """Write down what a build understood, unless that is what was kept ``before``."""
    if {path: one.state for path, one in kept.items()} == {path: one.state for path, one in before.items()}:
        return
    temporary = file.with_name(f"{file.name}.new")
    temporary.write_bytes(pickle.dumps((code_digest(), kept), pickle.HIGHEST_PROTOCOL))
    temporary.replace(file)
