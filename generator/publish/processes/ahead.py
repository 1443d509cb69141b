"""Figures of models that have changed, worked out by other processes while the build still loads what pages take."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Self

from generator.publish.due.reads import FigureSource
from generator.publish.kept.profiles import Profiles
from generator.scenarios import Atlas


class Ahead:
    """Processes that each keep the profiles of one model; they end by themselves.

    processes : their numbers.
    """

    def __init__(self, processes: Sequence[int]) -> None:
        self._processes = processes

    @classmethod
    def begin(cls, atlas: Atlas, slugs: Iterable[str], folder: Path, most: int) -> Self:
        """Begin with the first of some models. To be asked for before this process has threads.

        folder : of kept profiles. most : how many models; the build works out the others.
        """
        return cls([_begin(atlas, slug, folder) for slug in islice(slugs, most)])

    def wait(self) -> None:
        """Come back when all have ended; whoever asks for a model at which one failed meets the same fault."""
        for process in self._processes:
            os.waitpid(process, 0)
        self._processes = ()


def _begin(atlas: Atlas, slug: str, folder: Path) -> int:
    process = os.fork()
    if process:
        return process
    try:
        gc.disable()
        profiles = Profiles(folder)
        FigureSource(Atlas(atlas.catalog, atlas.bands, profiles.source)).of(slug).work_out()
        profiles.keep(atlas.catalog.models[slug])
        os._exit(0)
    finally:
        os._exit(1)
