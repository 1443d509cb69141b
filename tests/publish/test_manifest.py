"""What a manifest keeps comes back, job by job."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.publish.due.manifest import Manifest, write_manifest
from generator.publish.due.record import Entry, Files, Record, short_digest
from generator.publish.output.stage import file_name, url_path

D1, D2, D3 = "1" * 32, "2" * 32, "3" * 32
ENTRIES = (Entry("a/index.html", "model", D1, 12, True, "w", "2026-01-02"), Entry("a/b/index.html", "scenario", D2, 7))
ONE = Record(
    "models/a",
    {"model.name": "a", "part": "site"},
    "i",
    Files.of(ENTRIES),
    links=array("Q", (1, 2**64 - 1)),
    lonely=array("Q", (3,)),
    titles=array("Q", (4, 5)),
    paths=array("Q", (6, 7)),
)
OTHER = Record("shared", {}, "", Files.of([Entry('"job":".html', "list", D3, 1)]))


def same(one: Record | None, other: Record) -> bool:
    return one is not None and one.line() == other.line() and tuple(one.entries) == tuple(other.entries)


def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m", {"code": "c"}, [ONE.line(), OTHER.line()])
    found = Manifest(tmp_path / "m")
    assert (found.header, found.jobs) == ({"code": "c"}, ("models/a", "shared"))
    assert same(found.record("models/a"), ONE)
    assert same(found.record("shared"), OTHER)
    assert found.record("none") is None
    assert [record.job for record in found.records()] == ["models/a", "shared"]
    assert [entry.size for entry in found.entries()] == [12, 7, 1]


def test_files_keep_what_they_were_made_of() -> None:
    assert tuple(Record.from_line(ONE.line()).entries) == ENTRIES
    assert tuple(Record.from_line(Record("none", {}, "", Files()).line()).entries) == ()


def test_jobs_whose_lines_differ_are_told(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m", {}, [ONE.line(), OTHER.line()])
    write_manifest(tmp_path / "n", {}, [ONE.line(), replace(OTHER, inputs="x").line()])
    write_manifest(tmp_path / "o", {}, [ONE.line()])
    one = Manifest(tmp_path / "m")
    assert [*one.differing(one)] == []
    assert [*one.differing(Manifest(tmp_path / "n"))] == [*one.differing(Manifest(tmp_path / "o"))] == ["shared"]


def test_a_head_says_how_many_pages_there_are_and_where_they_lie(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m", {}, [ONE.line(), OTHER.line()])
    one, other = Manifest(tmp_path / "m").heads()
    assert (one.job, one.inputs, one.reads) == ("models/a", "i", ONE.reads)
    assert ([*one.names], [*one.sizes]) == (["a/index.html", "a/b/index.html"], [12, 7])
    assert {kind: tuple(counts) for kind, counts in one.pages.items()} == {"model": (1, 1), "scenario": (1, 0)}
    assert (one.tops, [*one.changes]) == (["a"], [("a/index.html", "2026-01-02")])
    assert ([*other.changes], other.reads) == ([], {})


def test_a_manifest_that_is_not_there_or_of_another_version_is_empty(tmp_path: Path) -> None:
    assert Manifest(tmp_path / "none").jobs == ()
    (tmp_path / "old").write_text('{"version": 0}\n' + ONE.line().decode())
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
