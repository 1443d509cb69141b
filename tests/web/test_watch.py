"""While one writes: the browser shows what was written, and what is wrong with it, by itself."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from generator.web.preview import SCRIPT
from tests.publish.conftest import browser as browser
from tests.publish.small_site import KEPT_MODELS, files, set_text
from tests.publish.tiny_site import tiny_data
from tests.reference import ROOT
from tests.sample_site import TEMPLATES

PATIENCE_MILLISECONDS = 120_000
MODEL = KEPT_MODELS[0]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    tiny_data(tmp_path / "data", (MODEL,))
    return tmp_path


@pytest.fixture
def address(project: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "generator", "--data", str(project / "data"), "build", "--watch", "--port", "0"]
    command += ["--out", str(project / "site"), "--templates", str(TEMPLATES)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        found = re.match(r"(http://127\.0\.0\.1:\d+)/ shows", process.stdout.readline())
        assert found
        yield found[1]
        process.terminate()


def test_a_page_follows_its_file(project: Path, address: str, browser: Browser) -> None:
    file = project / "data/models" / f"{MODEL}.md"
    with browser.new_page() as page:
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        expect.set_options(timeout=PATIENCE_MILLISECONDS)
        page.goto(f"{address}/{MODEL}/")
        expect(page.get_by_text("A model.")).to_be_visible()
        set_text(file, "A model.", "A model that changed.")
        expect(page.get_by_text("A model that changed.")).to_be_visible()
        set_text(file, "context_max: 131072", "context_max: many")
        expect(page.get_by_role("alert")).to_contain_text(f"data/models/{MODEL}.md:10: context_max")
        expect(page.get_by_text("A model that changed.")).to_be_visible()
        set_text(file, "context_max: many", "context_max: 131072")
        expect(page.get_by_role("alert")).to_have_count(0)
        page.goto(f"{address}/go/?model=Llama+3.1+8B")
        assert page.url == f"{address}/{MODEL}/"
    assert not [name for name, body in files(project / "site").items() if SCRIPT.encode() in body]
