"""A version of the project: a data folder read by this code, or a git revision with the code that it had."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import generator
from generator.catalog import UnreadableFile, read_front_matter

CODE = ("generator/memory", "generator/requests.py", "generator/quantities.py")
"""What decides a figure, besides the data."""


class VersionError(Exception):
    """A version that can't be read or whose code fails; says which and why."""


@dataclass(frozen=True, slots=True)
class Version:
    """Code and data of one version.

    name : as it was given
    root : folder that holds the package ``generator``
    data : its data folder
    """

    name: str
    root: Path
    data: Path

    def models(self) -> dict[str, dict[str, Any]]:
        """Front matter of every model by slug; of a variant, what it doesn't say itself is its shape's.

        Nothing is validated: what another version's files may hold isn't known here.
        """
        found = {path.stem: _fields(path) for path in sorted((self.data / "models").glob("*.md"))}
        return {slug: found.get(facts.get("shape_of", ""), {}) | facts for slug, facts in found.items()}

    def devices(self) -> dict[str, dict[str, Any]]:
        """Every device's fields by slug."""
        files = sorted((self.data / "hardware").glob("*.yaml"))
        devices = (device for path in files for device in _fields(path).get("devices") or ())
        return {device["slug"]: device for device in devices}

    def code(self) -> str:
        """A digest of the code that decides figures."""
        digest = hashlib.sha256()
        for name in CODE:
            place = self.root / name
            for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
                digest.update(str(path.relative_to(self.root)).encode() + path.read_bytes())
        return digest.hexdigest()

    def asked(self, requests: Sequence[Mapping[str, Any]]) -> Answers:
        """Start to answer requests of ``estimate --jsonl`` with this version's code and data."""
        arguments = [sys.executable, "-m", "generator", "--data", str(self.data), "estimate", "--jsonl"]
        environment = os.environ | {"PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        process = subprocess.Popen(
            arguments, cwd=self.root, env=environment, text=True, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        return Answers(self, process, "".join(json.dumps(request) + "\n" for request in requests))


@dataclass(frozen=True, slots=True)
class Answers:
    """Requests under way."""

    version: Version
    process: subprocess.Popen[str]
    lines: str

    def get(self) -> list[dict[str, Any]]:
        """The result of each request, in order. Raises VersionError where the version's code doesn't run."""
        output, errors = self.process.communicate(self.lines)
        results = [json.loads(line) for line in output.splitlines()]
        if len(results) != self.lines.count("\n"):
            raise VersionError(f"{self.version.name}: {errors.strip() or 'gives no figures'}")
        return results


@contextmanager
def version(name: str, data: Path) -> Iterator[Version]:
    """The version called ``name``: a data folder, or a git revision of the repository that ``data`` lies in.

    Raises VersionError where it is neither.
    """
    if Path(name).is_dir():
        yield Version(name, Path(generator.__file__).resolve().parents[1], Path(name).resolve())
        return
    with TemporaryDirectory(prefix="vram-atlas-") as folder:
        top = Path(_git(data, "rev-parse", "--show-toplevel", name=name).decode().strip())
        inside = data.resolve().relative_to(top.resolve())
        archive = _git(top, "archive", "--format=tar", name, "generator", str(inside), name=name)
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        yield Version(name, Path(folder), Path(folder) / inside)


def _git(folder: Path, *arguments: str, name: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise VersionError(f"{name}: is no folder, and there is no git to look for a revision") from error
    if done.returncode:
        raise VersionError(f"{name}: is neither a folder nor a git revision ({done.stderr.decode().strip()})")
    return done.stdout


def _fields(path: Path) -> dict[str, Any]:
    try:
        return read_front_matter(path, str(path))
    except UnreadableFile as error:
        raise VersionError(str(error.problem)) from error
