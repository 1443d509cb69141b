"""Data files as the last build understood them, so that the next one only reads and judges what has changed."""

from __future__ import annotations

import pickle
from contextlib import suppress
from pathlib import Path
from typing import Any

from generator.catalog import Understood
from generator.publish.due.digests import code_digest
from generator.publish.output.whole import write_whole
from generator.soundness import Soundness


class Memory:
    """What the same program understood before, in a file; empty where there is none.

    files : by path, for ``gather``. soundness : what the core judged and found nothing wrong with.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.files: dict[Path, Understood] = {}
        self.soundness = Soundness()
        with suppress(OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError, TypeError, ValueError):
            program, files, soundness = pickle.loads(file.read_bytes())
            if program == code_digest():
                self.files, self.soundness = files, soundness
        self._before = self._state()

    def keep(self) -> None:
        """Write it down, unless that is what the file holds."""
        if self._state() == self._before:
            return
        write_whole(self._file, pickle.dumps((code_digest(), self.files, self.soundness), pickle.HIGHEST_PROTOCOL))

    def _state(self) -> tuple[Any, ...]:
        return self.soundness.sound, {path: one.state for path, one in self.files.items()}
