"""Data files as the last build understood them, so that the next one only reads and judges what has changed."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
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

MOST_OUTDATED = 1 / 20
"""Of all files, what may stand in the file once more, in an older state, before all of it is written anew."""


class Memory:
    """What the same program understood before, in a file that grows by what is new; empty where there is none.

    files : by path, for ``gather``. soundness : what the core judged and found nothing wrong with.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.files: dict[str, Understood] = {}
        self.soundness = Soundness()
        self._outdated: int | None = None
        unreadable = (EOFError, pickle.UnpicklingError, AttributeError, ImportError, TypeError, ValueError)
        with suppress(OSError, *unreadable), file.open("rb") as stream:
            if pickle.load(stream) == code_digest():
                self._outdated = self._read(stream)
        self._before = self._state()

    def _read(self, stream: BufferedReader) -> int:
        """Take in all parts; how many files stand in an earlier one too, a part without files counting as one.

        A killed process may have left half a part.
        """
        count = 0
        while stream.peek(1):
            soundness, files = pickle.load(stream)
            self.files |= files
            self.soundness = soundness or self.soundness
            count += len(files) or 1
        return count - len(self.files)

    @property
    def news(self) -> set[str]:
        """Slugs of the models whose files were read anew; none where nothing was understood before."""
        anew = map(Path, self._anew() if self._before[1] else ())
        return {path.stem for path in anew if path.parent.name == MODELS}

    def _anew(self) -> list[str]:
        """Paths of the files that were read anew."""
        before, now = self._before[1], self._state()[1]
        return [path for path, state in now.items() if before.get(path) != state]

    def keep(self) -> None:
        """Write down what the file lacks, or all of it where it isn't there or holds much that is outdated."""
        if self._state() == self._before:
            return
        new = {path: self.files[path] for path in self._anew()}
        if self._outdated is None or self._outdated + len(new) > MOST_OUTDATED * len(self.files):
            write_parts(self._file, self._parts())
        else:
            with self._file.open("ab") as file:
                file.write(_packed(self.soundness, new))

    def _parts(self) -> Iterator[bytes]:
        """What the file holds, some files at a time."""
        yield pickle.dumps(code_digest(), pickle.HIGHEST_PROTOCOL)
        files = [*self.files.items()]
        for start in range(0, len(files), FILES_A_PART):
            yield _packed(None if start else self.soundness, dict(files[start : start + FILES_A_PART]))

    def _state(self) -> tuple[Any, ...]:
        return self.soundness.sound, {path: one.state for path, one in self.files.items()}


def _packed(soundness: Soundness | None, files: dict[str, Understood]) -> bytes:
    return pickle.dumps((soundness, files), pickle.HIGHEST_PROTOCOL)
