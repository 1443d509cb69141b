"""A small site is built for real: pages, links, repeated builds, and failures that leave nothing behind."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from PIL import Image

from generator.cli import main
from generator.pages import Page
from generator.publish.build import build
from generator.publish.due.reads import ANSWERS
from generator.publish.jobs import MODELS, OF_MODELS
from generator.publish.options import Options, Result
from generator.publish.output.folder import WORK
from generator.publish.output.stage import url_path
from generator.publish.report import check_report
from generator.scenarios import Atlas
from tests.publish.small_site import atlas_of, broken_links, files, set_text
from tests.publish.tiny_site import tiny_data
from tests.sample_site import BASE_URL, TEMPLATES


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def site(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    (out / ".gitignore").write_text("*\n")
    (out / "mine.txt").write_text("mine")
    status, output = run("--data", data, "build", "--out", out, "--templates", TEMPLATES, "--jobs", "2")
    assert status == 0, output
    assert "pages/s" in output
    assert "left alone, as no build wrote it: mine.txt" in output
    return out


@pytest.mark.parametrize(
    "name",
    [
        "index.html",
        "404.html",
        "models/index.html",
        "families/index.html",
        "families/llama/index.html",
        "methodology/index.html",
        "accuracy/index.html",
        "calculator/index.html",
        "go/index.html",
        "gpus/index.html",
        "gpus/rtx-4090/index.html",
        "gpus/2x-rtx-3090/index.html",
        "vram/24gb/index.html",
        "cloud/index.html",
        "llama-4-scout/on/rtx-4090/index.html",
        "llama-4-scout/index.html",
        "llama-4-scout/q4_k_m/index.html",
        "llama-4-scout/q4_k_m/10m/index.html",
        "llama-3.2-1b/q8_0/128k/index.html",
        "sitemap.xml",
        "robots.txt",
        "changelog/index.html",
        "feed.xml",
        "llms.txt",
        "data/index.html",
        "data/figures.csv.gz",
        "data/figures.jsonl.gz",
        "data/figures.parquet",
        "api/v1/models.json",
        "api/v1/llama-4-scout.json",
    ],
)
def test_every_kind_of_page_is_there(site: Path, name: str) -> None:
    assert (site / name).stat().st_size > 50


def test_every_link_leads_to_a_page(site: Path) -> None:
    assert broken_links(site) == set()
    assert len(files(site)) > 50


def test_the_sitemap_lists_exactly_the_pages_that_do_not_ask_to_be_left_out(site: Path) -> None:
    texts = {name: body.decode() for name, body in files(site).items() if name.endswith(".html")}
    asked = {url_path(name) for name, text in texts.items() if '<meta name="robots" content="noindex">' not in text}
    listed = re.findall(r"<loc>https://[^/]+(/[^<]*)</loc>", (site / "sitemap.xml").read_text())
    assert len(listed) == len(set(listed))
    assert set(listed) == asked
    assert "/llama-4-scout/q4_k_m/10m/" in asked


def test_every_page_has_a_picture_for_previews_that_is_there(site: Path) -> None:
    texts = {name: body.decode() for name, body in files(site).items() if name.endswith(".html")}
    pictures = {name: re.findall(r'"og:image" content="https://[^/]+/([^"]+)"', text) for name, text in texts.items()}
    assert {name for name, found in pictures.items() if len(found) != 1} == set()
    for picture in {found[0] for found in pictures.values()}:
        with Image.open(site / picture) as image:
            assert image.size == (1200, 630)


def test_what_the_build_did_not_write_stays(site: Path) -> None:
    assert (site / "mine.txt").read_text() == "mine"
    assert (site / ".gitignore").read_text() == "*\n"


def test_a_second_build_changes_nothing(data: Path, site: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*.html")}
    status, output = run("--data", data, "build", "--out", site, "--templates", TEMPLATES, "--jobs", "1")
    assert status == 0
    assert "0 files changed, 0 removed" in output
    assert {path: path.stat().st_mtime_ns for path in site.rglob("*.html")} == before


def test_pages_of_a_removed_model_disappear(data: Path, site: Path, tmp_path: Path) -> None:
    out, less = tmp_path / "site", tmp_path / "data"
    shutil.copytree(site, out)
    shutil.copytree(data, less)
    (less / "models" / "llama-4-maverick.md").unlink()
    status, output = run("--data", less, "build", "--out", out, "--templates", TEMPLATES, "--jobs", "1")
    assert status == 0, output
    assert not (out / "llama-4-maverick").exists()
    assert (out / "llama-4-scout").exists()


def test_invalid_data_stops_the_build_before_anything_is_written(data: Path, tmp_path: Path) -> None:
    broken = tmp_path / "data"
    shutil.copytree(data, broken)
    one, other = broken / "models" / "llama-4-scout.md", broken / "models" / "llama-3.2-1b.md"
    one.write_text(one.read_text().replace("family: llama", "family: lama"))
    other.write_text(other.read_text().replace("name: ", "nmae: ", 1))
    out = tmp_path / "site"
    status, output = run("--data", broken, "build", "--out", out, "--templates", TEMPLATES)
    assert status == 1
    assert "llama-4-scout.md" in output
    assert "did you mean 'llama'" in output
    assert "did you mean 'name'" in output
    assert not out.exists()


def test_a_config_that_the_core_refuses_stops_the_build(data: Path, tmp_path: Path) -> None:
    broken = tmp_path / "data"
    shutil.copytree(data, broken)
    model = broken / "models" / "llama-3.2-1b.md"
    model.write_text(model.read_text().replace("num_key_value_heads: 8", "num_key_value_heads: 7"))
    status, output = run("--data", broken, "build", "--out", tmp_path / "site", "--templates", TEMPLATES)
    assert status == 1
    assert "config.num_key_value_heads = 7: must divide num_attention_heads = 32" in output
    assert not (tmp_path / "site").exists()


def test_a_config_that_is_spoiled_after_a_build_stops_the_next_one(small_data: Path, tmp_path: Path) -> None:
    shutil.copytree(small_data, tmp_path / "data")
    command = (
        "--data",
        tmp_path / "data",
        "build",
        "--out",
        tmp_path / "site",
        "--templates",
        TEMPLATES,
        "--jobs",
        "2",
    )
    assert run(*command)[0] == 0
    model = next((tmp_path / "data" / "models").iterdir())
    model.write_text(model.read_text().replace("num_key_value_heads: 8", "num_key_value_heads: 7"))
    status, output = run(*command)
    assert status == 1
    assert "config.num_key_value_heads = 7: must divide num_attention_heads = 32" in output


def test_all_changed_files_are_counted_and_the_first_named() -> None:
    result = Result()
    for model in range(30):
        result.differ([f"model-{model:02}/{page:03}.html" for page in range(1000)])
    told = check_report(result, "site")
    assert told.startswith("site: 30,000 files are not what would be built: model-00/000.html, model-00/001.html, ")
    assert told.endswith("model-00/019.html and 29,980 more")


def test_an_error_of_the_program_is_told_with_its_job(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(atlas: Atlas, slug: str) -> Iterator[Page]:
        raise KeyError("nothing")

    monkeypatch.setitem(OF_MODELS, MODELS, failing)
    with pytest.raises(KeyError) as caught:
        build(atlas_of(tiny), Options(tmp_path / "site", TEMPLATES, BASE_URL, only="llama-3.2-1b"))
    assert caught.value.__notes__ == ["in the job models/llama-3.2-1b"]


def test_an_output_folder_that_cannot_be_written_is_named(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "site"
    status, output = run("--data", data, "build", "--out", out, "--templates", TEMPLATES, "--only", "llama-3.2-1b")
    assert status == 1
    assert "can't be written" in output


def test_a_pattern_that_matches_no_model_is_refused(data: Path, tmp_path: Path) -> None:
    status, output = run("--data", data, "build", "--out", tmp_path, "--templates", TEMPLATES, "--only", "gpt-9*")
    assert status == 2
    assert "no model's slug matches 'gpt-9*'" in output


def test_one_model_can_be_built_alone(data: Path, tmp_path: Path) -> None:
    result = build(atlas_of(data), Options(tmp_path, TEMPLATES, BASE_URL, only="llama-3.2-1b"))
    assert result.pages > 20
    assert (tmp_path / "llama-3.2-1b" / "q4_k_m" / "128k" / "index.html").exists()
    assert not (tmp_path / "llama-4-scout").exists()


def test_of_models_that_get_no_page_nothing_is_worked_out_but_whose_shape_they_have(tmp_path: Path) -> None:
    data, out = tiny_data(tmp_path / "data", ("llama-3.2-1b", "llama-4-scout")), tmp_path / "site"
    (data / "families" / "herd.md").write_text("---\nname: Herd\norganization: Meta\n---\n\nOthers.\n")
    set_text(data / "models" / "llama-4-scout.md", "family: llama", "family: herd")
    site = yaml.safe_load((data / "site.yaml").read_text())
    (data / "site.yaml").write_text(yaml.safe_dump(site | {"most_listed": 1}))
    build(atlas_of(data), Options(out, TEMPLATES, BASE_URL, only="llama-3.2-1b"))
    assert [family for family in ("llama", "herd") if (out / "families" / family).exists()] == ["llama"]
    answers = json.loads((out / WORK / "answers").read_text()).values()
    assert sorted(len(known) for known in answers if "shape_key" in known) == [1, len(ANSWERS)]
