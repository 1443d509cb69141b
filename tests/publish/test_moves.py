"""Pages that a build removed lead to what stands in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.catalog import load_catalog
from generator.publish.hosts.facts import Moves
from generator.publish.output.moves import FolderSite, host_facts, moves
from generator.publish.output.removed import note_removed, read_removed
from tests.reference import DATA

FOLDERS = {"/old/": "/new/"}


@pytest.fixture
def site(tmp_path: Path) -> FolderSite:
    for folder in (".build", "", "new", "new/q8", "new/q8/2k", "new/q4", "kept", "kept/q8", "kept/q8/2k", "models"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "index.html").touch()
    return FolderSite(tmp_path)


def test_a_removed_context_leads_to_its_quantization(site: FolderSite) -> None:
    assert moves({}, ["/kept/q8/4k/"], site) == Moves(pages={"/kept/q8/4k/": "/kept/q8/"})


def test_a_removed_quantization_leads_with_all_its_contexts_to_the_model(site: FolderSite) -> None:
    assert moves({}, ["/kept/q4/", "/kept/q4/2k/", "/kept/q4/4k/"], site) == Moves(branches={"/kept/q4/": "/kept/"})


def test_a_removed_model_leads_to_all_models_with_all_below_it(site: FolderSite) -> None:
    assert moves({}, ["/gone/", "/gone/q4/", "/gone/q4/2k/"], site) == Moves(branches={"/gone/": "/models/"})


def test_a_removed_page_of_the_site_itself_leads_home(site: FolderSite) -> None:
    assert moves({}, ["/gpus/card/"], site).branches == {"/gpus/": "/"}


def test_a_page_that_is_back_leads_nowhere(site: FolderSite) -> None:
    assert moves({}, ["/kept/q8/2k/"], site) == Moves()


def test_pages_of_a_replaced_model_that_its_successor_lacks_lead_to_the_nearest_that_it_has(site: FolderSite) -> None:
    removed = ["/old/", "/old/q8/", "/old/q8/2k/", "/old/q8/4k/", "/old/q2/", "/old/q2/2k/"]
    found = moves(FOLDERS, removed, site)
    assert found == Moves(FOLDERS, pages={"/old/q8/4k/": "/new/q8/"}, branches={"/old/q2/": "/new/"})


def test_removed_pages_are_noted_once_and_files_beside_them_not_at_all(site: FolderSite, tmp_path: Path) -> None:
    note_removed(tmp_path, ["a/index.html", "a/card-0123456789.png"])
    note_removed(tmp_path, ["b/c/index.html", "a/index.html"])
    assert read_removed(tmp_path) == ("/a/", "/b/c/")


def test_the_path_that_a_full_name_makes_leads_to_its_model_unless_a_page_has_it(tmp_path: Path) -> None:
    found = host_facts(load_catalog(DATA), FolderSite(tmp_path)).moves.folders
    assert found["/command-a/"] == "/command-a-111b/"
    assert "/qwen3-8b/" not in found
