"""What brings a host from one site to another, told from their manifests."""

from __future__ import annotations

from pathlib import Path

from generator.publish.folder import HOME
from generator.publish.manifest import Manifest
from generator.publish.record import Record


def deploy_plan(old: Path, new: Path) -> dict[str, list[str]]:
    """What brings a host from the site of one manifest to that of another: uploads, deletes, URL paths to purge.

    Uploads stand in an order that breaks no link: new files, then changed ones, the home page last. Only jobs
    whose records differ are looked at.
    """
    manifests = Manifest(old), Manifest(new)
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for job in {*manifests[0].jobs, *manifests[1].jobs}:
        lines = tuple(manifest.line(job) for manifest in manifests)
        if lines[0] != lines[1]:
            for digests, line in zip((before, after), lines, strict=True):
                digests |= {entry.name: entry.digest for entry in Record.from_line(line).entries} if line else {}
    added = sorted(after.keys() - before.keys())
    changed = sorted(name for name, digest in after.items() if before.get(name, digest) != digest)
    deleted = sorted(before.keys() - after.keys())
    uploads = sorted([*added, *changed], key=lambda name: upload_rank(name, name in before))
    return {"upload": uploads, "delete": deleted, "purge": [*changed, *deleted]}


def upload_rank(name: str, stands: bool) -> tuple[bool, bool]:
    """Where a file comes among uploads; all of one rank must be there before the next.

    stands : whether the host has an older version.
    """
    return name == HOME, stands
