"""Parts that were built apart make up what one build makes, to the byte."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.cli import main
from generator.publish.due.manifest import write_manifest
from generator.publish.due.record import Entry, Files, Record
from generator.publish.output.twins import LIST, twin_lines
from tests.publish.small_site import files, set_text
from tests.sample_site import TEMPLATES


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], env={"SOURCE_DATE_EPOCH": "86400"})
    return result.exit_code, result.output


def build(data: Path, out: Path, *options: object) -> tuple[int, str]:
    return run("--data", data, "build", "--out", out, "--templates", TEMPLATES, "--jobs", 2, *options)


@pytest.fixture(scope="module")
def parts(data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("parts")
    found = [folder / str(number) for number in (1, 2)]
    for number, out in enumerate(found, start=1):
        status, output = build(data, out, "--shard", f"{number}/2")
        assert status == 0, output
    return found


def test_joined_parts_are_what_one_build_makes(data: Path, parts: list[Path], tmp_path: Path) -> None:
    status, output = build(data, tmp_path / "joined", "--merge", parts[0], "--merge", parts[1], "--json")
    assert status == 0, output
    told = json.loads(output)
    assert {*told["peak_bytes"]} == {"process", "worker"}
    assert told["pages"] == sum(name.endswith(".html") for name in files(tmp_path / "joined"))
    assert build(data, tmp_path / "one")[0] == 0
    assert files(tmp_path / "joined") == files(tmp_path / "one")
    manifests = [(tmp_path / name / ".build/manifest").read_bytes() for name in ("joined", "one")]
    assert manifests[0] == manifests[1]
    assert "0 files changed" in build(data, tmp_path / "joined", "--merge", parts[0], "--merge", parts[1])[1]


def test_a_missing_part_is_told(data: Path, parts: list[Path], tmp_path: Path) -> None:
    status, output = build(data, tmp_path / "site", "--merge", parts[0])
    assert status == 1
    assert "no part has" in output
    assert not (tmp_path / "site").exists()


def test_a_part_of_other_data_is_told(data: Path, parts: list[Path], tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "data")
    set_text(tmp_path / "data/models/llama-4-scout.md", "name: Llama 4 Scout", "name: Llama 4 Scout New")
    status, output = build(tmp_path / "data", tmp_path / "site", "--merge", parts[0], "--merge", parts[1])
    assert status == 1
    assert "was built from other data, templates or code" in output


@pytest.mark.parametrize("part", ["0/2", "3/2", "1", "a/b"])
def test_a_part_that_cannot_be_is_refused(data: Path, tmp_path: Path, part: str) -> None:
    status, output = build(data, tmp_path / "site", "--shard", part)
    assert status == 2
    assert "is not K/N" in output


def test_a_deploy_plan_sends_what_changed_and_the_home_page_last(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for path, names in (
        (old, {"index.html": "1", "b/x": "1", "c": "1", "same": "1"}),
        (new, {"index.html": "2", "a": "1", "c": "2", "same": "1"}),
    ):
        entries = [Entry(name, "list", digest * 32, 1) for name, digest in names.items()]
        write_manifest(path, {}, [Record("a", {}, "", Files.of(entries)).line()])
    plan = json.loads(run("deploy-plan", old, new)[1])
    assert plan == {"upload": ["a", "c", "index.html"], "delete": ["b/x"], "purge": ["c", "index.html", "b/x"]}


def test_a_deploy_plan_sends_twins_with_their_files(tmp_path: Path) -> None:
    for name, pages, twins in (
        ("old", {"index.html": "1", "gone.html": "1", "b.html": "1", "same.html": "1"}, {"gone.html": "1"}),
        (
            "new",
            {"index.html": "2", "a.html": "1", "b.html": "2", "same.html": "1"},
            # That of b.html was made before it changed.
            {"index.html": "2", "a.html": "1", "b.html": "1", "same.html": "1"},
        ),
    ):
        (tmp_path / name).mkdir()
        entries = [Entry(page, "list", digest * 32, 1) for page, digest in pages.items()]
        write_manifest(tmp_path / name / "manifest", {}, [Record("a", {}, "", Files.of(entries)).line()])
        (tmp_path / name / LIST).write_bytes(twin_lines({page: digest * 32 for page, digest in twins.items()}))
    plan = json.loads(run("deploy-plan", tmp_path / "old/manifest", tmp_path / "new/manifest")[1])
    assert plan == {
        "upload": [
            *("a.html", "a.html.br", "a.html.gz"),
            *("b.html", "same.html.br", "same.html.gz"),
            *("index.html", "index.html.br", "index.html.gz"),
        ],
        "delete": ["gone.html", "gone.html.br", "gone.html.gz"],
        "purge": ["b.html", "index.html", "gone.html"],
    }
