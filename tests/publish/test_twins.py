"""Precompressed twins are those of the files as they are, never of what they were."""

from __future__ import annotations

import gzip
from pathlib import Path

import brotli
import pytest

from generator.publish.output.folder import OutputFolder
from generator.publish.output.precompress import precompress
from tests.publish.small_site import files
from tests.publish.test_folder import NEW, OLD, publish

PICTURE = {"kept/card.png": "no text"}


def twins(site: Path) -> dict[str, str]:
    """What a visitor reads in each twin; brotli's and gzip's must agree."""
    found = files(site)
    texts = {name[:-3]: brotli.decompress(body).decode() for name, body in found.items() if name.endswith(".br")}
    assert texts == {name[:-3]: gzip.decompress(body).decode() for name, body in found.items() if name.endswith(".gz")}
    return texts


def test_every_text_has_both_twins_and_nothing_else_has(tmp_path: Path) -> None:
    publish(tmp_path, OLD | PICTURE)
    assert precompress(OutputFolder(tmp_path), 2) == len(OLD)
    assert twins(tmp_path) == OLD


def test_publishing_leaves_no_twin_of_what_changed_or_went_and_the_rest_stay(tmp_path: Path) -> None:
    publish(tmp_path, OLD | {"same/index.html": "the same"})
    precompress(OutputFolder(tmp_path), 2)
    kept = (tmp_path / "same/index.html.br").stat().st_mtime_ns
    publish(tmp_path, NEW | {"same/index.html": "the same"})
    assert twins(tmp_path) == {"same/index.html": "the same"}
    assert precompress(OutputFolder(tmp_path), 1) == len(NEW)
    assert twins(tmp_path) == NEW | {"same/index.html": "the same"}
    assert (tmp_path / "same/index.html.br").stat().st_mtime_ns == kept
    assert not (tmp_path / "gone").exists()


def test_a_twin_that_someone_deleted_is_made_again_to_the_byte(tmp_path: Path) -> None:
    publish(tmp_path, OLD)
    precompress(OutputFolder(tmp_path), 1)
    before = files(tmp_path)
    (tmp_path / "index.html.gz").unlink()
    assert precompress(OutputFolder(tmp_path), 1) == 1
    assert files(tmp_path) == before
    assert precompress(OutputFolder(tmp_path), 1) == 0


def test_twins_are_no_strangers(tmp_path: Path) -> None:
    publish(tmp_path, OLD)
    precompress(OutputFolder(tmp_path), 1)
    (tmp_path / "mine.html.br").touch()
    with OutputFolder(tmp_path) as folder:
        assert folder.strangers(everywhere=True) == ["mine.html.br"]


@pytest.mark.parametrize("everywhere", [False, True])
def test_what_no_build_wrote_is_named_where_a_build_looked(tmp_path: Path, everywhere: bool) -> None:
    publish(tmp_path, OLD)
    for name in ("top.txt", "kept/deep/mine.txt", "kept/.hidden", "gone/mine.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with OutputFolder(tmp_path) as folder:
        found = folder.strangers(everywhere=everywhere)
    assert found == (["gone/mine.txt", "kept/deep/", "top.txt"] if everywhere else ["top.txt"])
