"""What a build looks at before it understands anything."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pytest

from generator.publish.due import digests

anew = digests.code_digest.__wrapped__
"""The digest of the program as it is now, not as it was when it was first asked for."""


def test_another_version_of_a_library_is_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = anew()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    (tmp_path / "unrelated-1.0.dist-info").mkdir()
    assert anew() == before
    (tmp_path / f"Pillow-{metadata.version('pillow')}.dist-info").mkdir()
    assert anew() == before
    (tmp_path / "arro3_io-99.0.dist-info").mkdir()
    assert anew() != before


@pytest.mark.parametrize("library", digests.LIBRARIES)
def test_what_leaves_no_folder_is_asked_for_its_version(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = anew()
    monkeypatch.setattr(digests, "INSTALLED", ".none")
    assert anew() == before
    monkeypatch.setattr(
        metadata, "version", lambda name: "99.0" if name == library else metadata.distribution(name).version
    )
    assert anew() != before
