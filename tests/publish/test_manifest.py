"""What a manifest keeps comes back, job by job."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.publish.manifest import Entry, Manifest, Record, short_digest, write_manifest
from generator.publish.stage import file_name, url_path

ONE = Record(
    "models/a",
    {"parts": {"site": "x"}, "": {"code": "y"}},
    (Entry("a/index.html", "model", "d1", 12, True, "w", "2026-01-02"), Entry("a/b/index.html", "scenario", "d2", 7)),
    links=(1, 2**64 - 1),
    lonely=(3,),
    titles=(4, 5),
)
OTHER = Record("shared", {}, (Entry('"job":".html', "list", "d3", 1),))


def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m", {"code": "c"}, [ONE.line(), OTHER.line()])
    found = Manifest(tmp_path / "m")
    assert (found.header, found.jobs) == ({"code": "c"}, ("models/a", "shared"))
    assert (found.record("models/a"), found.record("shared"), found.record("none")) == (ONE, OTHER, None)
    assert list(found.records()) == [ONE, OTHER]
    assert [entry.size for entry in found.entries()] == [12, 7, 1]


def test_a_manifest_that_is_not_there_or_of_another_version_is_empty(tmp_path: Path) -> None:
    assert Manifest(tmp_path / "none").jobs == ()
    (tmp_path / "old").write_text('{"version": 0}\n' + ONE.line())
    assert (Manifest(tmp_path / "old").jobs, Manifest(tmp_path / "old").header) == ((), {})


def test_paths_and_titles_are_told_apart_in_eight_bytes() -> None:
    numbers = {short_digest(f"/model-{n}/") for n in range(10_000)}
    assert len(numbers) == 10_000
    assert max(numbers) < 2**64


@pytest.mark.parametrize(
    ("path", "name"),
    [("/", "index.html"), ("/a/b/", "a/b/index.html"), ("/404.html", "404.html"), ("/robots.txt", "robots.txt")],
)
def test_a_url_path_has_one_file_and_back(path: str, name: str) -> None:
    assert file_name(path) == name
    assert url_path(name) == path
