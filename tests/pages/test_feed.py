"""The feed and `llms.txt`: the newest models first, addresses that exist, nothing that depends on the hour."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from generator import formats
from generator.pages.files.feed import MOST_ENTRIES, feed
from generator.pages.files.llms import llms_text
from generator.render.atom import NAMESPACE, atom
from tests.sample_site import BASE_URL, atlas

NAMES = {"a": NAMESPACE}


def entries() -> list[dict[str, str]]:
    root = ElementTree.fromstring(atom(feed(atlas())))
    fields = ("id", "title", "updated", "summary")
    return [
        {name: str(each.findtext(f"a:{name}", namespaces=NAMES)) for name in fields}
        for each in root.findall("a:entry", NAMES)
    ]


def test_the_newest_models_come_first_each_with_the_month_of_its_release() -> None:
    found, models = entries(), atlas().catalog.models
    months = [each["updated"][:7] for each in found]
    assert months == sorted((model.release for model in models.values()), reverse=True)[:MOST_ENTRIES]
    for each in found:
        assert models[each["id"].removeprefix(BASE_URL).strip("/")].release == each["updated"][:7]


def test_the_feed_changes_with_its_newest_entry_and_names_itself() -> None:
    root = ElementTree.fromstring(atom(feed(atlas())))
    assert root.findtext("a:updated", namespaces=NAMES) == entries()[0]["updated"]
    links = {link.get("rel"): link.get("href") for link in root.findall("a:link", NAMES)}
    assert links == {"self": f"{BASE_URL}/feed.xml", "alternate": f"{BASE_URL}/"}
    assert root.findtext("a:author/a:name", namespaces=NAMES)


def test_an_entry_has_an_address_of_its_own_and_the_figure_of_the_model_s_page() -> None:
    found = entries()
    assert len({each["id"] for each in found}) == len(found)
    slug = found[0]["id"].removeprefix(BASE_URL).strip("/")
    estimate = atlas().subject(slug).estimate(atlas().catalog.quantizations["q4_k_m"], 32768)
    assert formats.size(estimate.total_bytes) in found[0]["summary"]


def test_llms_txt_is_a_heading_a_summary_and_lists_of_links() -> None:
    lines = llms_text(atlas()).splitlines()
    assert lines[0] == f"# {atlas().catalog.site.name}"
    assert lines[2].startswith("> ")
    links = [line for line in lines if line.startswith("- ")]
    assert all(re.fullmatch(rf"- \[[^\]]+\]\({re.escape(BASE_URL)}/[^)]*\): .+", line) for line in links)
    assert [line for line in links if f"({BASE_URL}/llama-4-scout/)" in line]
