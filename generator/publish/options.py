"""What a build is asked for, what it tells, and the shortest build: nothing has changed."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from msgspec import Struct, field
from msgspec.structs import replace

from generator.publish.due.digests import header
from generator.publish.due.manifest import Manifest
from generator.publish.due.record import Summary
from generator.publish.due.standing import Look, all_stand
from generator.publish.output.folder import OutputFolder
from generator.publish.times import Times

MOST_DIFFERENT = 10_000
"""Changed files whose names are kept."""


EVERY_MODEL = "*"
"""The pattern of all models."""


class Options(Struct, frozen=True):
    """What a build is asked for.

    only : a pattern of model slugs; other models' pages stay as they are.
    alone : with ``only``, no page that belongs to no model is made either.
    jobs : processes.
    force : render everything and write unchanged files too.
    check : write nothing, tell what would be written.
    data : folder of the data files; where given, a build without news ends before anything is loaded.
    shard : (K, N) for the K-th of N parts, which is judged only when all are joined.
    asked_url : the address that was asked for, empty where the data's own counts.
    store : URL of the object store that readers get the site from, empty where that is ``out``; then ``out`` is the
        folder on this machine in which the build works.
    dask : address of the Dask scheduler whose workers run the jobs, empty for processes of this machine.
    header : digests of all that the build reads, empty where they weren't taken.
    """

    out: Path
    templates: Path
    base_url: str
    only: str = EVERY_MODEL
    jobs: int = 1
    force: bool = False
    check: bool = False
    data: Path | None = None
    asked_url: str = ""
    shard: tuple[int, int] | None = None
    store: str = ""
    dask: str = ""
    header: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False

    @property
    def whole(self) -> bool:
        """Whether all jobs are done, so that pages can be judged together."""
        return self.only == EVERY_MODEL and self.shard is None

    @property
    def place(self) -> str:
        """Where the site is, in words."""
        return self.store or str(self.out)

    def folder(self, token: str = "") -> OutputFolder:
        """Where the site is; ``token`` is that of the build at work there, a new one's by default."""
        if not self.store:
            return OutputFolder(self.out, token)
        from generator.publish.output.store_folder import StoreFolder  # needs libraries that only stores need

        return StoreFolder(self.out, self.store, token, look=self.check)

    def with_header(self) -> Self:
        """The same with the header of what is there now; to be asked for before any of it is loaded."""
        if self.data is None or self.shard or self.alone:
            return self
        return replace(self, header=header(self.data, self.templates, self.asked_url, self.only))


class Result(Struct):
    """What was built.

    pages, total_bytes : of the whole site. built : pages that were rendered.
    differing : files that were written or removed, or would be. removed : how many of them were removed.
    different : the first MOST_DIFFERENT of them, as a site may have more files than memory should hold names.
    kinds, indexable : pages by kind. strangers : what lies in the output folder and belongs to no page.
    twins : files whose precompressed twins were made; None where nobody asked for them.
    times : where the time went, if somebody asked.
    tops : names at the top of the output folder that belong to pages.
    """

    pages: int = 0
    built: int = 0
    total_bytes: int = 0
    differing: int = 0
    removed: int = 0
    seconds: float = 0.0
    different: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    indexable: Counter[str] = field(default_factory=Counter)
    strangers: list[str] = field(default_factory=list)
    twins: int | None = None
    times: Times | None = None
    tops: set[str] = field(default_factory=set)

    @property
    def changed(self) -> int:
        """Files that were written."""
        return self.differing - self.removed

    def as_dict(self) -> dict[str, object]:
        """The figures for scripts."""
        return {
            "pages": self.pages,
            "rendered": self.built,
            "bytes": self.total_bytes,
            "changed": self.changed,
            "removed": self.removed,
            "seconds": round(self.seconds, 3),
            "kinds": dict(sorted(self.kinds.items())),
            "indexable": dict(sorted(self.indexable.items())),
            "left_alone": self.strangers,
            **({"profile": self.times.as_dict()} if self.times else {}),
            **({} if self.twins is None else {"precompressed": self.twins}),
        }

    def differ(self, names: Sequence[str]) -> None:
        """Add files that were written or removed, or would be."""
        self.differing += len(names)
        self.different += names[: MOST_DIFFERENT - len(self.different)]

    def count(self, head: Summary, times: int = 1) -> None:
        """Add a job's pages to the figures of the whole site; -1 ``times`` takes them off."""
        self.total_bytes += times * head.total_bytes
        self.tops.update(head.tops)
        for kind, (pages, indexable) in head.pages.items():
            self.pages += times * pages
            self.kinds[kind] += times * pages
            self.indexable[kind] += times * indexable


def unchanged(options: Options) -> Result | None:
    """The figures of the site where nothing that a build reads has changed and every file stands; None otherwise.

    Loads neither data nor templates.

    Raises
    ------
    OutputError, FolderBusy : see OutputFolder.
    """
    started = time.monotonic()
    if options.force or options.check or not options.header:
        return None
    if not options.store and not options.out.is_dir():
        return None
    with options.folder() as folder:
        manifest = Manifest(folder.manifest_file)
        if {**manifest.header, "only": options.only} != options.header:
            return None
        if manifest.header.get("only") not in (EVERY_MODEL, options.only):
            return None
        result = Result()
        half = 1 if options.jobs == 1 or options.store else 2
        look = (
            Look.begin(folder, folder.manifest_file, 1, half, folder.descriptors, folder.replaced) if half > 1 else None
        )
        stand = True
        for number, head in enumerate(manifest.heads()):
            stand = stand and (number % half > 0 or all_stand(folder, head))
            result.count(head)
        if look and look.gaps(folder.manifest_file) != frozenset():
            return None
        if not stand:
            return None
        result.strangers = folder.strangers(result.tops)
    result.seconds = time.monotonic() - started
    return result


def default_jobs() -> int:
    """One process a core."""
    return os.cpu_count() or 1
