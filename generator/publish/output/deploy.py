"""What brings a host from one site to another, told from their manifests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generator.publish.due.manifest import Manifest
from generator.publish.due.record import Entry, Record
from generator.publish.output.placing import HOME
from generator.publish.output.twins import LIST, origin, read_twins, twins_of

Plan = dict[str, list[str]]
"""Names to ``upload`` and to ``delete``, and those whose paths are to ``purge``."""


def deploy_plan(old: Path, new: Path) -> Plan:
    """What brings a host from the site of one manifest to that of another: uploads, deletes, URL paths to purge.

    Uploads stand in an order that breaks no link: new files, then changed ones, the home page last. Only jobs
    whose records differ are looked at.
    """
    manifests = Manifest(old), Manifest(new)
    gone: dict[str, str] = {}
    came: dict[str, str] = {}
    for job in {*manifests[0].jobs, *manifests[1].jobs}:
        lines = tuple(manifest.line(job) for manifest in manifests)
        if lines[0] != lines[1]:
            before, after = ({entry.name: entry.digest for entry in _entries(line)} for line in lines)
            gone |= {name: found for name, found in before.items() if after.get(name) != found}
            came |= {name: found for name, found in after.items() if before.get(name) != found}
    added = sorted(came.keys() - gone.keys())
    changed = sorted(name for name in came.keys() & gone.keys() if came[name] != gone[name])
    deleted = sorted(gone.keys() - came.keys())
    uploads = sorted([*added, *changed], key=lambda name: upload_rank(name, name in gone))
    return {"upload": uploads, "delete": deleted, "purge": [*changed, *deleted]}


def with_twins(plan: Plan, old: Path, new: Path) -> Plan:
    """The plan with the precompressed twins of sites whose lists of them lie beside their manifests.

    A twin goes with its file; one of an unchanged file, whenever. Purging a page's path purges its twins.
    """
    before, after = _twins(old), _twins(new)
    added = {*plan["upload"]} - {*plan["purge"]}
    sent = [name for name, found in after.items() if before.get(name) != found]

    def rank(name: str) -> tuple[bool, bool]:
        file = origin(name) if name in after else None
        return upload_rank(file or name, (file or name) not in added)

    return plan | {
        "upload": sorted([*plan["upload"], *sent], key=lambda name: (rank(name), name)),
        "delete": sorted([*plan["delete"], *(before.keys() - after.keys())]),
    }


def _entries(line: bytes | None) -> Iterator[Entry]:
    return Record.from_line(line).entries if line else iter(())


def _twins(manifest: Path) -> dict[str, str]:
    """Every twin of a site with the digest of its file as it is; what was made from another is none."""
    listed = read_twins(manifest.parent / LIST)
    if not listed:
        return {}
    files = Manifest(manifest).entries()
    return {
        twin: file.digest for file in files if listed.get(file.name) == file.digest for twin in twins_of([file.name])
    }


def upload_rank(name: str, stands: bool) -> tuple[bool, bool]:
    """Where a file comes among uploads; all of one rank must be there before the next.

    stands : whether the host has an older version.
    """
    return name == HOME, stands
