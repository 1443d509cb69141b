"""A site in an object store: built like one in a folder, with the store's own steps where it differs.

A store has no rename. New files are staged in ``.build/next/<token>/``, wherever they were made, and copied to
their place inside the store. ``.build/pending/<token>``, the manifest to be, decides on the new site; from then on
it is carried out by whoever comes next:

1. files that weren't there are copied in, the home page last;
2. changed files are copied over their old version, the home page last, once their precompressed twins are gone;
3. files that the new site lacks are deleted;
4. the new manifest takes the old one's place, and what was staged is deleted.

A build from anywhere finds the manifest there and makes only what has changed. It takes the manifest's word for
what lies in the store unless it is told to look.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Self

from generator.publish.due.manifest import Manifest
from generator.publish.kept.machine import kept_folder
from generator.publish.output.deploy import deploy_plan, upload_rank
from generator.publish.output.folder import WORK, OutputFolder
from generator.publish.output.lease import Lease
from generator.publish.output.removed import REMOVED, note_removed
from generator.publish.output.stage import OutputError, Staging
from generator.publish.output.store import Store, StoreStage
from generator.publish.output.twins import LIST, SUFFIXES, origin, read_twins, twin_list, twins_of
from generator.publish.output.whole import write_whole

MANIFEST, LOCK = f"{WORK}/manifest", f"{WORK}/lock"
KEPT = (REMOVED, LIST)
"""What builds note of removed pages and of twins, fetched with the manifest."""

NEXT, PENDING = f"{WORK}/next/", f"{WORK}/pending/"


class StoreFolder(OutputFolder):
    """The site at ``url``, which a build works on in the folder ``path`` of this machine.

    look : whether to look in the store which files stand, in place of believing the manifest.
    """

    def __init__(self, path: Path, url: str, token: str = "", look: bool = False) -> None:
        super().__init__(path, token)
        self._store = Store(url)
        self.name = self._store.url
        self.profiles, self.shelves = kept_folder() / "profiles", kept_folder() / "shelves"
        self._lease = Lease(self._store, LOCK, self.owner, self.token)
        self.twins = StoreTwins(self._store, path)
        self._look = look
        self._sizes: dict[str, int] | None = None
        self._staged = self._decided = False

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self._lease.take()
            self._take_up()
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def _tidy(self) -> None:
        """What this build staged goes, here and in the store; another one may have taken over there meanwhile."""
        super()._tidy()
        if self._staged and not self._decided:
            self._drop_staged(f"{NEXT}{self.token}/")

    def _unlock(self) -> None:
        try:
            self._lease.release()
        finally:
            super()._unlock()

    def is_held(self, token: str) -> bool:
        """Whether the build with this token is at work there, as seen from this process."""
        return self._lease.is_held(token)

    def stands(self, name: str, size: int) -> bool:
        """Whether a file of this size is in the site."""
        if not self._look:
            return True
        if self._sizes is None:
            self._sizes = self._store.sizes()
        return self._sizes.get(name) == size

    def open_stage(self, shared: bool = False) -> Staging:
        """Where this build's new files go; nobody else's build reads there."""
        self._staged = True
        return StoreStage(self._store, f"{NEXT}{self.token}/")

    def publish(self, stale: list[str]) -> None:
        """Decide on the draft and carry it out.

        Raises
        ------
        OutputError : nothing was decided where another build took over or staged files are gone; after that, the
            next build goes on from there.
        """
        if not self.is_held(self.token):
            raise OutputError(self.name, "another build took over, as this one had not been heard of for too long")
        self._store.put(f"{PENDING}{self.token}", self.draft_file)
        self._decided = True
        self._carry_out(self.draft_file, self.token)

    def strangers(self, tops: Iterable[str] | None = None, *, everywhere: bool = False) -> list[str]:
        """What lies at the top of the site and belongs to no page, hidden files left out."""
        ours = {name for head in Manifest(self.manifest_file).heads() for name in head.tops}
        if twin_list(self.path).exists():
            ours |= {name for name in self._store.top() if origin(name) in ours}
        return sorted(name for name in self._store.top() if name and name not in ours and not name.startswith("."))

    def _take_up(self) -> None:
        """Get the manifest; finish what was decided, drop what was only staged."""
        self._store.fetch(MANIFEST, self.manifest_file)
        for name in KEPT:
            self._store.fetch(f"{WORK}/{name}", self.work / name)
        for token in self._store.sizes(PENDING):
            self._store.fetch(f"{PENDING}{token}", self.draft_file)
            self._carry_out(self.draft_file, token)
        self._drop_staged(NEXT)

    def _drop_staged(self, folder: str) -> None:
        self._store.remove(f"{folder}{name}" for name in self._store.sizes(folder))

    def _carry_out(self, pending: Path, token: str) -> None:
        folder = f"{NEXT}{token}/"
        staged = self._store.sizes(folder)
        plan = deploy_plan(self.manifest_file, pending)
        lost = sorted(name for name in plan["upload"] if name not in staged)
        if lost:
            raise OutputError(self.name, f"{len(lost)} files were staged and are gone: {', '.join(lost[:5])}")
        changed = set(plan["upload"]).intersection(plan["purge"])
        if note_removed(self.path, plan["delete"]):
            self._store.put(f"{WORK}/{REMOVED}", self.work / REMOVED)
        twins = read_twins(twin_list(self.path))
        self._store.remove(twins_of(name for name in plan["purge"] if name in twins))
        rank = {name: upload_rank(name, name in changed) for name in staged}
        for _, names in groupby(sorted(staged, key=rank.__getitem__), key=rank.__getitem__):
            self._store.copy(folder, names)
        self._store.remove(plan["delete"])
        self._store.put(MANIFEST, pending)
        os.replace(pending, self.manifest_file)
        self._store.remove([f"{PENDING}{token}", *(folder + name for name in staged)])


class StoreTwins:
    """Twins of a site in a store, which the build works on in the folder ``work`` of this machine."""

    def __init__(self, store: Store, work: Path) -> None:
        self._store, self._work = store, work
        self._there: set[str] | None = None

    def stand(self, name: str) -> bool:
        """Whether both twins of a file are there; all are looked for at the first question."""
        if self._there is None:
            self._there = {each for each in self._store.sizes() if each.endswith(SUFFIXES)}
        return self._there.issuperset(twins_of([name]))

    def bodies(self, names: Iterable[str]) -> dict[str, bytes]:
        """The content of files."""
        return self._store.read_all(names)

    def put(self, bodies: Mapping[str, bytes]) -> None:
        """Write twins, with the headers that tell their coding."""
        self._store.write(bodies)

    def keep(self, listed: bytes) -> None:
        """Write the list, in the store and beside the manifest here."""
        self._store.write({f"{WORK}/{LIST}": listed})
        write_whole(twin_list(self._work), listed)
