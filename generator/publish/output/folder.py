"""The output folder: one build at a time, and from the old site to the new one without a broken link.

A build stages what is new in ``.build/next``, new versions of what was there in ``.build/changed``, and notes the
finished manifest as ``.build/pending``: from then on the new site is decided, and whoever comes next, this process or
a later one, carries it out:

1. files and folders that weren't there are moved in, the home page last: nothing links to them yet;
2. changed files replace their old version, one rename each: what they link to is there by now;
3. files that the new site lacks are deleted: nothing links to them any more.

So at any moment every link on every page that can be reached leads to a page. Before ``pending`` stands the
site is untouched. After it a killed build leaves one of the states above, and the next one finishes it first.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from generator.publish.due.manifest import Manifest
from generator.publish.due.record import Named
from generator.publish.output.placing import arrivals, changed, delete_folder, put_in_place, staged
from generator.publish.output.removed import WORK as WORK
from generator.publish.output.removed import note_removed
from generator.publish.output.stage import CHANGED, OutputError, SharedStage, Stage, Staging, stands
from generator.publish.output.strangers import strangers, strangers_everywhere
from generator.publish.output.twins import FolderTwins, TwinSite, drop_twins, twin_list

MOST_SET_ASIDE = 2_000
"""Old versions of pages, of some 30 kB each, that wait until the next build deletes them."""

MOST_TOUCHED = 10_000
"""Folders that are looked into after a build: where a template changes all pages, ``--check`` does that."""

log = logging.getLogger(__name__)


class FolderBusy(Exception):
    """Another build works in the output folder."""


class OutputFolder:
    """The output folder while one build has it to itself; as a context it takes the lock and finishes what was left.

    token : of the build that works here, in the lock for its workers to see; a new build draws one.

    Raises
    ------
    OutputError : it can't be written.
    FolderBusy : another build has it.
    """

    def __init__(self, path: Path, token: str = "") -> None:
        self.path = path
        self.name = str(path)
        self.token = token or uuid4().hex
        self.owner = f"process {os.getpid()} on {socket.gethostname()}"
        self._prefix = f"{path}/"
        self.work = path / WORK
        self.stage = self.work / "next"
        self.changed = self.work / CHANGED
        self.replaced = self.work / "replaced"
        self.scratch = self.work / "scratch"
        self.left_file = self.work / "left"
        self.profiles = self.work / "profiles"
        self.shelves = self.work / "shelves"
        self.programs = self.work / "programs"
        self.answers_file = self.work / "answers"
        self.understood_file = self.work / "understood"
        self.manifest_file = self.work / "manifest"
        self.draft_file = self.work / "draft"
        self.pending_file = self.work / "pending"
        self._lock: int | None = None
        self._new = False
        self._touched: set[str] = set()
        self.twins: TwinSite = FolderTwins(path)
        self._has_twins = twin_list(path).exists()

    def __enter__(self) -> Self:
        try:
            self._new = not self.path.exists()
            self.work.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(self.work / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise OutputError(self.path, error) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(self._lock, 512).decode().partition("\n")[0] or "unknown"
            self._unlock()
            raise FolderBusy(f"{self.name}: another build ({owner}) is at work there") from error
        try:
            os.truncate(self._lock, 0)
            os.write(self._lock, f"{self.owner}\n{self.token}".encode())
            self._finish()
        except BaseException:
            self._unlock()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._tidy()
        except (OSError, OutputError) as fault:
            if error is None:
                raise
            told = fault if isinstance(fault, OutputError) else OutputError(self.path, fault)
            log.warning("%s, so what the build left there waits for the next one", told)
        finally:
            self._unlock()

    def _tidy(self) -> None:
        """Leave nothing of a build that decided nothing, nor a folder that it made for nothing."""
        if self.pending_file.exists():
            return
        self._clear()
        if self._new and not self.manifest_file.exists():
            delete_folder(self.path)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """Open files that belong to this process alone."""
        return () if self._lock is None else (self._lock,)

    def is_held(self, token: str) -> bool:
        """Whether the build with this token is at work here, as seen from this process."""
        with suppress(OSError):
            return (self.work / "lock").read_text().endswith(f"\n{token}")
        return False

    def stands(self, name: str, size: int) -> bool:
        """Whether a file of this size is in the site."""
        return stands(f"{self._prefix}{name}", size)

    def open_stage(self, shared: bool = False) -> Staging:
        """Where this build's new files go; ``shared`` for a process that may outlive the build."""
        return SharedStage(self.stage, self.scratch, self.path) if shared else Stage(self.stage, self.path)

    def publish(self, stale: list[str]) -> None:
        """Decide on the draft and carry it out.

        stale : files that the draft lacks, as the method of this name tells them.

        Raises
        ------
        OutputError : before anything was decided if a folder takes no files; after that, if a file can't be put
            in place all the same: the site is whole, and the next build goes on from there.
        """
        self._check_replaceable()
        self.draft_file.replace(self.pending_file)
        self._finish(stale)

    def stale(self, new_file: Path) -> list[str]:
        """Files of the site that is and not of the one that ``new_file`` lists."""
        old, new = Manifest(self.manifest_file), Manifest(new_file)
        return gone((old.line(job), new.line(job)) for job in {*old.differing(new), *new.differing(old)})

    def strangers(self, tops: Iterable[str] | None = None, *, everywhere: bool = False) -> list[str]:
        """What belongs to no page, hidden files left out: a folder that holds nothing of the site's as one.

        tops : names at the top that belong to pages, where they are known.
        everywhere : look into every folder; else at the top and into folders where files came or went, so that a build
            without news doesn't pay for it.
        """
        if tops is not None and not everywhere and self._touched <= {""}:
            return strangers(self.path, tops, {""})
        manifest, touched = Manifest(self.manifest_file), {name.partition("/")[0] for name in self._touched}
        if everywhere:
            return strangers_everywhere(self.path, manifest)
        near = manifest.heads() if tops is None else manifest.heads_in(touched)
        names = chain((name for head in near for name in head.names), tops or ())
        return strangers(self.path, names, {"", *self._touched})

    def _finish(self, stale: list[str] | None = None) -> None:
        """Carry out what was decided, by this build or by one that was killed; nothing to do otherwise.

        stale : files that the new site lacks, where they are known.
        """
        if not self.pending_file.exists():
            self._clear()
            return
        try:
            for source, target in arrivals(self.stage, self.path):
                self._touch(target)
                os.rename(source, target)
            set_aside = self._set_aside()
            for source, target in chain(staged(str(self.stage), str(self.path)), changed(self.changed, self.path)):
                self._drop_twins(target)
                set_aside(target)
                put_in_place(source, target)
            stale = self.stale(self.pending_file) if stale is None else stale
            for name in stale:
                self._touch(f"{self.path}/{name}")
            note_removed(self.path, stale)
            self._delete(stale)
            self.pending_file.replace(self.manifest_file)
        except OSError as error:
            raise OutputError(error.filename2 or error.filename or self.path, error) from error
        self._clear()

    def _set_aside(self) -> Callable[[str], None]:
        """Gives old versions a second name, as some systems take longer to free what they held than for all else here.

        The next build deletes them beside its own start.
        """
        shutil.rmtree(self.replaced, ignore_errors=True)  # a build that begins beside this one may delete it too
        self.replaced.mkdir(exist_ok=True)
        names = (f"{self.replaced}/{number}" for number in range(MOST_SET_ASIDE))

        def set_aside(target: str) -> None:
            with suppress(OSError, StopIteration):  # not every system has second names
                os.link(target, next(names))

        return set_aside

    def _touch(self, target: str) -> None:
        """A file or folder comes or goes: remember where, and leave no twin that is older."""
        if len(self._touched) < MOST_TOUCHED:
            self._touched.add(os.path.dirname(target)[len(str(self.path)) + 1 :])
        self._drop_twins(target)

    def _drop_twins(self, target: str) -> None:
        if self._has_twins:
            drop_twins(target)

    def _check_replaceable(self) -> None:
        """Make sure that everything staged can be put in place.

        Raises
        ------
        OutputError : names the first folder that takes no files, or what stands in a file's way.
        """
        for source, target in chain(changed(self.changed, self.path), staged(str(self.stage), str(self.path))):
            folder = os.path.dirname(target)
            if not os.access(folder, os.W_OK | os.X_OK):
                raise OutputError(target, f"the folder {folder} takes no files")
            if os.path.lexists(target) and os.path.isdir(target) != os.path.isdir(source):
                raise OutputError(target, "a file and a folder want the same place")

    def _delete(self, names: list[str]) -> None:
        for name in names:
            target = self.path / name
            target.unlink(missing_ok=True)
            for folder in target.parents:
                if folder == self.path or (folder.is_dir() and any(folder.iterdir())):
                    break
                if folder.is_dir():
                    folder.rmdir()

    def _clear(self) -> None:
        for folder in (self.stage, self.changed, self.scratch):
            if folder.exists():
                delete_folder(folder)
        for file in (self.left_file, self.draft_file):
            file.unlink(missing_ok=True)

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def gone(lines: Iterable[tuple[bytes | None, bytes | None]]) -> list[str]:
    """Files that no job has any more; ``lines`` of jobs in the manifest before and after, None where it has none."""
    gone, come = set[str](), set[str]()
    for before, after in lines:
        old, new = (Named.from_line(line).names if line else "" for line in (before, after))
        if old != new:
            own, others = {*old.split("\n")}, {*new.split("\n")}
            gone |= own - others
            come |= others - own
    return sorted(gone - come - {""})
