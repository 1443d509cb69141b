"""Data files as the last build understood them, so that the next one only reads and judges what has changed."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

from generator.catalog import Understood
from generator.publish.due.digests import code_digest
from generator.publish.output.whole import write_parts
from generator.soundness import Soundness

MODELS = "models"
"""The folder of the data that holds them, each in a file of its name."""

FILES_A_PART = 256
"""Files that are written together: thousands at once would take as much memory again."""


class Memory:
    """What the same program understood before, in a file; empty where there is none.

    files : by path, for ``gather``. soundness : what the core judged and found nothing wrong with.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.files: dict[str, Understood] = {}
        self.soundness = Soundness()
        unreadable = (EOFError, pickle.UnpicklingError, AttributeError, ImportError, TypeError, ValueError)
        with suppress(OSError, *unreadable), file.open("rb") as stream:
            program, soundness, parts = pickle.load(stream)
            if program == code_digest():
                self.files = dict(chain.from_iterable(pickle.load(stream) for _ in range(parts)))
                self.soundness = soundness
        self._before = self._state()

    @property
    def news(self) -> set[str]:
        """Slugs of the models whose files were read anew; none where nothing was understood before."""
        before, now = self._before[1], self._state()[1]
        changed = (Path(path) for path, state in now.items() if before and before.get(path) != state)
        return {path.stem for path in changed if path.parent.name == MODELS}

    def keep(self) -> None:
        """Write it down, unless that is what the file holds."""
        if self._state() == self._before:
            return
        write_parts(self._file, self._parts())

    def _parts(self) -> Iterator[bytes]:
        """What the file holds, some files at a time."""
        files = [*self.files.items()]
        starts = range(0, len(files), FILES_A_PART)
        yield pickle.dumps((code_digest(), self.soundness, len(starts)), pickle.HIGHEST_PROTOCOL)
        for start in starts:
            yield pickle.dumps(files[start : start + FILES_A_PART], pickle.HIGHEST_PROTOCOL)

    def _state(self) -> tuple[Any, ...]:
        return self.soundness.sound, {path: one.state for path, one in self.files.items()}
