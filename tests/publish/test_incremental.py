"""A build touches what changed and nothing else, and always gives what a build from nothing gives."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from generator.pages import Page, SiteFile
from generator.publish import work
from generator.publish.build import build
from generator.publish.due.standing import Look
from generator.publish.options import Options, Result, unchanged
from generator.publish.output.folder import WORK
from generator.publish.output.stage import file_name
from generator.render import Renderer, RenderError
from generator.render.files import file_bytes
from tests.publish.small_site import BODY, SPARE_DEVICE, atlas_of, broken_links, copy_data, files, set_text
from tests.reference import DATA
from tests.sample_site import BASE_URL, TEMPLATES

MODELS = ("llama-3.1-8b", "llama-3.2-3b", "llama-2-7b")
HOUR = 3600


class Project:
    """Data, templates and a site that was built from them."""

    def __init__(self, folder: Path) -> None:
        self.data, self.templates, self.site = folder / "data", folder / "templates", folder / "site"

    def build(self, site: Path | None = None, **options: object) -> Result:
        chosen = self.options(site or self.site, **options)
        folder = chosen.folder()
        look = Look.begin(folder, folder.manifest_file)
        return unchanged(chosen) or build(atlas_of(self.data), chosen, look=look)

    def unchanged(self, **options: object) -> Result | None:
        return unchanged(self.options(self.site, **options))

    def options(self, site: Path, **options: object) -> Options:
        return Options(site, self.templates, BASE_URL, data=self.data, **options).with_header()

    def marks(self) -> dict[str, tuple[int, int]]:
        """Inode and time of every published file."""
        return {
            name: ((self.site / name).stat().st_ino, (self.site / name).stat().st_mtime_ns) for name in files(self.site)
        }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "data").mkdir()
    copy_data(folder / "data", MODELS)
    shutil.copytree(TEMPLATES, folder / "templates")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1767225600")
        Project(folder).build(jobs=2)
    return folder


@pytest.fixture
def project(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    shutil.copytree(built, tmp_path / "p")
    return Project(tmp_path / "p")


def edit_name(project: Project) -> None:
    set_text(project.data / "models/llama-3.2-3b.md", "name: Llama 3.2 3B", "name: Llama 3.2 3B New")


def edit_prose(project: Project) -> None:
    set_text(project.data / "models/llama-3.2-3b.md", "## FAQ\n", "One more sentence.\n\n## FAQ\n")


def edit_template(project: Project) -> None:
    set_text(project.templates / "quantization.html", "</section>", "<p>new</p></section>")


def edit_context(project: Project) -> None:
    set_text(project.data / "models/llama-3.2-3b.md", "context_max: 131072", "context_max: 262144")


def remove_model(project: Project) -> None:
    (project.data / "models/llama-2-7b.md").unlink()


def edit_ladder(project: Project) -> None:
    set_text(project.data / "site.yaml", "- 2k\n", "- 4k\n")


def edit_release(project: Project) -> None:
    set_text(project.data / "models/llama-3.2-3b.md", 'release: "2024-09"', 'release: "2024-11"')


def add_model(project: Project) -> None:
    text = (DATA / "models/llama-3.2-1b.md").read_text()
    (project.data / "models/llama-3.2-1b.md").write_text(f"{text[: text.index('---', 3)]}{BODY}")


def edit_device(project: Project, slug: str = SPARE_DEVICE, **fields: object) -> None:
    """Change fields of a device, its bandwidth where none are given."""
    for path in (project.data / "hardware").iterdir():
        content = yaml.safe_load(path.read_text())
        for device in content.get("devices", ()):
            if device["slug"] == slug:
                device.update(fields or {"bandwidth_gb_s": device["bandwidth_gb_s"] + 10})
        path.write_text(yaml.safe_dump(content))


def edit_words(project: Project) -> None:
    """Texts and lists that belong to no model."""
    (project.data / "families/llama.md").write_text((project.data / "families/llama.md").read_text() + "\nMore.\n")
    for path in sorted((project.data / "faq").iterdir())[:2]:
        path.write_text(path.read_text() + "\nMore.\n")
    for path in (project.data / "quantization").iterdir():
        path.write_text(path.read_text().replace("summary: ", "summary: In short. ", 1))
    (project.data / "compare.yaml").write_text(
        "models: [[llama-3.1-8b, llama-2-7b]]\nquantizations: [[q8_0, q4_k_m]]\n"
    )
    term = {"slug": "weights", "term": "Weights", "text": "The numbers that training found.", "see": ["/quantization/"]}
    (project.data / "glossary.yaml").write_text(yaml.safe_dump({"terms": [term]}))


def kept(site: Path) -> set[str]:
    """Files in which a build keeps what was worked out of models."""
    return {f"{folder}/{path.name}" for folder in ("profiles", "shelves") for path in (site / WORK / folder).iterdir()}


CHANGES = (
    edit_name,
    edit_prose,
    edit_template,
    edit_context,
    remove_model,
    edit_ladder,
    edit_release,
    add_model,
    edit_device,
    edit_words,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_an_incremental_build_equals_a_clean_one(
    project: Project, tmp_path: Path, change: Callable[[Project], None]
) -> None:
    before = files(project.site)
    change(project)
    result = project.build(jobs=2)
    project.build(site=tmp_path / "clean")
    assert files(project.site) == files(tmp_path / "clean") != before
    assert kept(project.site) == kept(tmp_path / "clean")
    assert broken_links(project.site) == set()
    assert result.changed == sum(body != before.get(name) for name, body in files(project.site).items())
    assert result.removed == len(before.keys() - files(project.site).keys())


def test_a_build_without_news_renders_nothing_and_touches_nothing(project: Project) -> None:
    before = project.marks()
    result = project.build()
    assert (result.built, result.changed, project.marks()) == (0, 0, before)
    assert result.pages > 50


def test_a_changed_model_touches_only_pages_that_show_it(project: Project) -> None:
    before = project.marks()
    edit_prose(project)
    result = project.build()
    touched = {name for name, mark in project.marks().items() if before[name] != mark}
    assert "llama-3.2-3b/index.html" in touched
    assert {name.partition("/")[0] for name in touched} <= {"llama-3.2-3b", "sitemap.xml"}
    assert sorted(touched) == sorted(result.different)


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Paths of the pages that are rendered from now on, by this process."""
    paths: set[str] = set()
    render = Renderer.rendered

    def noting(renderer: Renderer, page: Page) -> tuple[bytes, set[str]]:
        paths.add(page.path)
        return render(renderer, page)

    monkeypatch.setattr(Renderer, "rendered", noting)
    return paths


def test_a_changed_introduction_renders_the_model_s_own_page_alone(project: Project, rendered: set[str]) -> None:
    edit_prose(project)
    project.build()
    assert rendered == {"/llama-3.2-3b/"}


def test_a_picture_that_shows_what_it_showed_is_not_drawn_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def noting(file: SiteFile) -> bytes:
        made.append(file.path)
        return file_bytes(file)

    monkeypatch.setattr(work, "file_bytes", noting)
    edit_prose(project)
    project.build()
    assert made == ["/api/v1/llama-3.2-3b.json"]
    picture = next((project.site / "llama-3.2-3b").glob("card-*.png"))
    was = picture.read_bytes()
    picture.unlink()
    project.build()
    assert picture.read_bytes() == was


def test_a_changed_release_renders_only_pages_that_show_dates_or_their_order(
    project: Project, rendered: set[str]
) -> None:
    before = project.marks()
    edit_release(project)
    project.build()
    of_models = {path for path in rendered if path.split("/")[1] in MODELS}
    assert of_models == {"/llama-3.2-3b/"}
    assert {"/", "/models/", "/families/llama/"} <= rendered
    assert not any(path.startswith(("/gpus/", "/vram/", "/cloud/")) for path in rendered)
    shown = {name for name, mark in project.marks().items() if mark != before[name]}
    assert {"llama-3.2-3b/index.html", "models/newest/index.html", "api/v1/models.json"} <= shown
    scripts = {name for name in before if name.startswith("api/")}
    assert shown <= {file_name(path) for path in rendered} | scripts | {"sitemap.xml", "feed.xml"}


def test_new_figures_of_a_model_render_hardware_only_where_it_runs_otherwise(
    project: Project, rendered: set[str]
) -> None:
    edit_context(project)
    project.build()
    assert {"/gpus/h100-sxm-80gb/", "/gpus/h100-sxm-80gb/models/"} <= rendered
    assert not {"/gpus/rtx-4060/", "/gpus/rtx-4060/models/"} & rendered
    assert (project.site / "gpus/rtx-4060/models/index.html").exists()


def test_figures_that_no_row_shows_otherwise_render_no_hardware(project: Project, rendered: set[str]) -> None:
    set_text(project.data / "models/llama-3.2-3b.md", "vocab_size: 128256", "vocab_size: 128257")
    project.build()
    assert "/llama-3.2-3b/" in rendered
    assert not any(path.startswith("/gpus/") for path in rendered)


def test_new_figures_of_a_model_render_no_scenarios_of_its_family(project: Project, rendered: set[str]) -> None:
    edit_context(project)
    project.build()
    scenarios = {path.split("/")[1] for path in rendered if path.count("/") == 4 and "/q4_k_m/" in path}
    assert scenarios == {"llama-3.2-3b"}


def test_what_is_noted_of_a_device_renders_its_own_page_alone(project: Project, rendered: set[str]) -> None:
    edit_device(project, SPARE_DEVICE, notes="something new")
    project.build()
    assert rendered == {f"/gpus/{SPARE_DEVICE}/", f"/gpus/{SPARE_DEVICE}/models/"}


def test_a_device_that_no_model_s_page_names_renders_none_of_them(project: Project, rendered: set[str]) -> None:
    edit_device(project)
    project.build()
    assert f"/gpus/{SPARE_DEVICE}/" in rendered
    assert {path for path in rendered if path.split("/")[1] in MODELS} == set()


def test_a_changed_template_touches_only_its_kind_of_page(project: Project) -> None:
    before = project.marks()
    edit_template(project)
    project.build()
    touched = {name for name, mark in project.marks().items() if before[name] != mark}
    assert touched
    assert all(name.count("/") == 2 for name in touched - {"sitemap.xml"})


def test_the_sitemap_keeps_the_day_of_pages_whose_words_stay(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(1767225600 + 48 * HOUR))
    set_text(project.templates / "base.html", "<header>", '<header class="new">')
    edit_prose(project)
    project.build()
    text = (project.site / "sitemap.xml").read_text()
    assert text.count("<lastmod>2026-01-03</lastmod>") == 1
    assert f"{BASE_URL}/llama-3.2-3b/</loc><lastmod>2026-01-03" in text
    assert text.count("<lastmod>2026-01-01</lastmod>") > 20


def test_the_sitemap_has_the_days_that_a_build_of_some_models_gave(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(1767225600 + 48 * HOUR))
    edit_prose(project)
    project.build(only="llama-3.2-3b")
    assert "2026-01-03" not in (project.site / "sitemap.xml").read_text()
    project.build()
    assert f"{BASE_URL}/llama-3.2-3b/</loc><lastmod>2026-01-03" in (project.site / "sitemap.xml").read_text()


def test_a_build_of_some_models_without_news_ends_before_anything_is_loaded(project: Project) -> None:
    assert project.unchanged(only="llama-3.2-3b").pages == project.unchanged().pages
    edit_prose(project)
    assert project.unchanged(only="llama-3.2-3b") is None
    project.build(only="llama-3.2-3b")
    assert project.unchanged(only="llama-3.2-3b") is not None
    assert project.unchanged(only="llama-3.*") is project.unchanged() is None


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"")], ids=["deleted", "emptied"])
def test_a_page_that_someone_spoiled_is_written_again(project: Project, spoil: Callable[[Path], object]) -> None:
    page = project.site / "llama-3.1-8b/q8_0/2k/index.html"
    was, pages = page.read_bytes(), project.unchanged().pages
    spoil(page)
    assert project.build().pages == pages
    assert page.read_bytes() == was


def test_check_tells_what_a_build_would_change_and_changes_nothing(project: Project) -> None:
    assert project.build(check=True).different == []
    page = project.site / "llama-3.1-8b/index.html"
    page.unlink()
    edit_template(project)
    remove_model(project)
    before = project.marks()
    found = project.build(check=True).different
    assert {"llama-3.1-8b/index.html", "llama-3.2-3b/q8_0/index.html", "llama-2-7b/index.html"} <= set(found)
    assert project.marks() == before
    assert sorted(project.build().different) == sorted(found)


def test_force_writes_everything_again(project: Project) -> None:
    before = project.marks()
    project.build(force=True)
    assert all(mark != before[name] for name, mark in project.marks().items())


def test_a_template_that_fails_on_one_page_leaves_the_site_as_it_was(project: Project) -> None:
    before = project.marks()
    text = '{% if page.path == "/llama-3.2-3b/q8_0/32k/" %}{{ page.nothing }}{% endif %}'
    set_text(project.templates / "scenario.html", "{% block content %}", "{% block content %}" + text)
    with pytest.raises(RenderError, match=r"/llama-3\.2-3b/q8_0/32k/: .*/scenario\.html:\d+: .*nothing"):
        project.build(jobs=2)
    assert project.marks() == before
    set_text(project.templates / "scenario.html", text, "")
    assert project.build().changed == 0
