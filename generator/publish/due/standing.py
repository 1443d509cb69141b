"""Whether the files of a site stand, looked at by a process of its own while the build loads what it needs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from threading import Thread
from typing import Self

from generator.publish.due.manifest import Manifest
from generator.publish.due.record import Head
from generator.publish.output.stage import Site


def all_stand(site: Site, head: Head) -> bool:
    """Whether every file of a job stands."""
    return all(map(site.stands, head.names, head.sizes))


class Look:
    """A process that looks whether all files of a manifest stand; it ends by itself.

    process, answer : its number, and the end of the pipe through which it tells the jobs that lack a file.
    manifest : which version of the file it looks at.
    """

    def __init__(self, process: int, answer: int, manifest: object) -> None:
        self._process, self._answer, self._manifest = process, answer, manifest

    @classmethod
    def begin(
        cls,
        site: Site,
        manifest: Path,
        first: int = 0,
        step: int = 1,
        descriptors: tuple[int, ...] = (),
        waste: Path | None = None,
    ) -> Self:
        """Begin to look. To be asked for before this process has threads or much memory.

        first, step : looks at the first-th job and every step-th from there on.
        descriptors : open files that it must not keep open.
        waste : a folder that it deletes meanwhile, where there is one.
        """
        version = _version(manifest)
        answer, told = os.pipe()
        process = os.fork()
        if process:
            os.close(told)
            return cls(process, answer, version)
        try:
            for descriptor in descriptors:
                os.close(descriptor)
            deleting = Thread(target=shutil.rmtree, args=(waste, True)) if waste else None
            if deleting:
                deleting.start()
            gaps = (head.job for head in Manifest(manifest).heads(first, step) if not all_stand(site, head))
            with os.fdopen(told, "w", encoding="utf-8") as pipe:
                pipe.writelines(f"{job}\n" for job in gaps)
            if deleting:
                deleting.join()
            os._exit(0)
        finally:
            os._exit(1)

    def gaps(self, manifest: Path) -> frozenset[str] | None:
        """The jobs that lack a file; None where it isn't known, as where another build was at work meanwhile."""
        with os.fdopen(self._answer, encoding="utf-8") as pipe:
            jobs = frozenset(pipe.read().splitlines())
        _, status = os.waitpid(self._process, 0)
        return jobs if status == 0 and _version(manifest) == self._manifest else None


def _version(file: Path) -> tuple[int, int, int] | None:
    """What tells one version of a file that is only replaced from the next; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
