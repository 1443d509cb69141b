"""What the building process does with a change, and what it says of one that can't be built."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path

import pytest

from generator.publish.options import Options
from generator.web.worker import Worker, serve_builds
from tests.publish.small_site import files, set_text
from tests.publish.tiny_site import tiny_data
from tests.sample_site import BASE_URL, TEMPLATES

MODELS = ("llama-3.1-8b", "llama-2-7b")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    (folder / "data").mkdir()
    tiny_data(folder / "data", MODELS)
    shutil.copytree(TEMPLATES, folder / "templates")
    assert [report.problem for report in Worker(options(folder)).build()] == [""]
    return folder


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "p"))


def options(project: Path, **more: object) -> Options:
    return Options(project / "site", project / "templates", BASE_URL, data=project / "data", **more)


def test_a_changed_model_comes_first_then_all_that_shows_it(project: Path) -> None:
    worker = Worker(options(project))
    list(worker.build())
    file = project / "data/models/llama-2-7b.md"
    set_text(file, "name: Llama 2 7B", "name: Llama Two 7B")
    first, second = worker.build([file])
    assert first.changed
    assert second.changed
    assert "Llama Two 7B" in (project / "site/llama-2-7b/index.html").read_text()
    assert "Llama Two 7B" in (project / "site/models/index.html").read_text()


def test_what_comes_first_is_the_model_s_own_pages_alone(project: Path) -> None:
    worker = Worker(options(project))
    list(worker.build())
    before = files(project / "site")
    file = project / "data/models/llama-2-7b.md"
    set_text(file, "name: Llama 2 7B", "name: Llama Two 7B")
    next(worker.build([file]))
    touched = {name for name, body in files(project / "site").items() if before.get(name) != body}
    assert "llama-2-7b/index.html" in touched
    assert {name.partition("/")[0] for name in touched - {"api/v1/llama-2-7b.json"}} == {"llama-2-7b"}


def test_a_template_that_changed_is_used_from_the_next_build_on(project: Path) -> None:
    worker = Worker(options(project))
    list(worker.build())
    worker.make_ready()
    file = project / "templates/model.html"
    set_text(file, "{% block content %}", "{% block content %}<p>A new sentence.</p>")
    (report,) = worker.build([file])
    assert report.changed
    assert "A new sentence." in (project / "site/llama-2-7b/index.html").read_text()


def test_with_some_models_only_the_others_stay(project: Path) -> None:
    worker = Worker(options(project, only="llama-2-*"))
    before = files(project / "site")
    for name in ("llama-2-7b", "llama-3.1-8b"):
        set_text(project / f"data/models/{name}.md", "A model.", "Another model.")
    list(worker.build([project / "data/models/llama-2-7b.md", project / "data/models/llama-3.1-8b.md"]))
    touched = {name for name, body in files(project / "site").items() if before[name] != body}
    assert touched
    assert {name.partition("/")[0] for name in touched} == {"llama-2-7b"}


def test_only_the_changed_file_is_read_again(project: Path) -> None:
    worker = Worker(options(project))
    worker._load()
    before = dict(worker._kept)
    file = project / "data/models/llama-2-7b.md"
    set_text(file, "A model.", "Another model.")
    worker._load()
    assert [path for path, found in worker._kept.items() if found is not before[path]] == [str(file)]


def test_a_fault_in_the_data_is_told_with_file_and_line_and_the_site_stays(project: Path) -> None:
    worker = Worker(options(project))
    before = files(project / "site")
    file = project / "data/models/llama-2-7b.md"
    set_text(file, "context_max: 4096", "context_max: many")
    (report,) = worker.build([file])
    assert 'data/models/llama-2-7b.md:10: context_max = "many": must be an integer' in report.problem
    assert files(project / "site") == before
    set_text(file, "context_max: many", "context_max: 4096")
    assert [report.problem for report in worker.build([file])] == ["", ""]


def test_a_fault_in_a_template_is_told_and_the_site_stays(project: Path) -> None:
    worker = Worker(options(project))
    before = files(project / "site")
    set_text(project / "templates/scenario.html", "{% block content %}", "{% block content %}{{ page.nothing }}")
    (report,) = worker.build([project / "templates/scenario.html"])
    assert re.search(r"templates/scenario\.html:\d+: .*nothing", report.problem)
    assert files(project / "site") == before


def test_answers_are_lines_and_say_where_names_lead(project: Path) -> None:
    answers = io.StringIO()
    serve_builds(Worker(options(project)), io.StringIO(""), answers)
    built, idle = map(json.loads, answers.getvalue().splitlines())
    assert built["facts"]["names"]["llama2-7b"] == "llama-2-7b"
    assert built["problem"] == ""
    assert idle == {"idle": True}
