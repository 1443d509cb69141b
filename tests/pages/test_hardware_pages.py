"""Pages about hardware: what they say of a device and a model is what the core and the data say."""

from __future__ import annotations

import re
from functools import cache
from html import unescape

import brotli
import pytest

from generator import formats
from generator.memory.engines import defaults_on
from generator.pages import pages_for_device, pages_of_hardware
from generator.pages.devices.outlines import steps_up
from generator.pages.page import Page
from generator.pages.parts.holders import name, with_article
from generator.pages.parts.pace import Pace
from generator.placement import Verdict, one_device
from generator.placement.holding import holders, holds
from generator.publish.due.inputs import EVERY, noted
from generator.publish.due.read_atlas import ReadAtlas
from generator.publish.due.reads import FigureSource
from tests.pages.test_scenario_page import NUMBER, STRUCTURE, _words
from tests.sample_site import SAMPLES, atlas, html, pages, renderer, small_atlas

DEVICES = ("rtx-3060-12gb", "rtx-4090", "rx-7900-xtx", "apple-m4-max-64gb", "2x-rtx-3090", "ryzen-ai-max-395-128gb")
INDEX_BUDGET, PAGE_BUDGET = 30_000, 14_000
"""Compressed bytes of a page, stylesheet included."""


@cache
def both_pages(slug: str) -> tuple[Page, Page]:
    """The page of a device, and the list of all that it runs."""
    page, everything = pages_for_device(small_atlas(), slug)
    return page, everything


def device_page(slug: str) -> Page:
    return both_pages(slug)[0]


@cache
def hardware_pages() -> dict[str, Page]:
    return {page.path: page for page in pages_of_hardware(small_atlas())}


def plain(text: str) -> str:
    return text.replace(formats.NO_BREAK, " ")


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("rtx-4090", "an RTX 4090"),
        ("gtx-1080", "a GTX 1080"),
        ("tesla-p40", "a Tesla P40"),
        ("l4", "an NVIDIA L4"),
        ("apple-m4-16gb", "an Apple M4 16 GB"),
        ("rx-7900-xtx", "an AMD Radeon RX 7900 XTX"),
        ("quadro-p6000", "a Quadro P6000"),
        ("2x-rtx-3090", "2 × RTX 3090"),
    ],
)
def test_devices_are_called_as_people_call_them(slug: str, words: str):
    assert with_article(holders(atlas().catalog)[slug]) == words


def test_a_device_page_says_what_the_driver_reports():
    cards = {card.label: plain(card.value) for card in device_page("rtx-4090").body.cards}
    assert cards["Driver reports"] == "24.0 GiB"
    assert cards["Memory bandwidth"] == "1,008 GB/s"
    assert cards["To system memory"] == "PCIe 4.0 x16"
    assert {plain(card.value) for card in device_page("ryzen-ai-max-395-128gb").body.cards} >= {"62.5 GiB", "96.0 GiB"}


@pytest.mark.parametrize("slug", DEVICES)
def test_rows_of_a_device_page_hold_what_the_core_gives(slug: str):
    page, holder = both_pages(slug)[1], holders(atlas().catalog)[slug]
    subjects = {small_atlas().subject(model).model.name: small_atlas().subject(model) for model in SAMPLES}
    shown = 0
    for section in page.body.sections:
        for row in section.models.fitting if section.models else ():
            shown += 1
            assert re.fullmatch(r"[\d.,]+( to [\d.,]+)?|–", row.run.speed)
            subject = subjects[row.model]
            quantization = next(q for q in subject.quantizations if row.quantization_path.endswith(f"/{q.slug}/"))
            context = int(row.run.context.replace(",", ""))
            if holder.count > 1:
                continue
            engine = next(
                engine
                for engine in subject.engines(quantization)
                if holder.device.generation in atlas().catalog.generations(engine, quantization)
            )
            estimate = subject.estimator(quantization, engine, **defaults_on(engine, holder.device.memory_bytes)).at(
                8192, holder.vendor, subject.band(engine).error
            )
            fit = one_device(estimate, holder.device, subject.estimator(quantization, engine).memory.pytorch)
            assert fit.verdict is Verdict.FITS
            assert row.run.takes == formats.size(fit.used_bytes)
            assert 8192 <= context <= subject.model.context_max
    assert (
        f"holds {shown} of our 6 models" in page.body.answer[0]
        or f"hold {shown} of our 6 models" in page.body.answer[0]
    )


def test_a_device_s_pages_note_the_names_of_all_models_as_one():
    atlas = ReadAtlas(FigureSource(small_atlas()))
    assert tuple(pages_for_device(atlas, "apple-m2-8gb"))
    assert noted(atlas.reads, (), small_atlas())["model.name"] == EVERY


@pytest.mark.parametrize("slug", DEVICES)
def test_every_number_on_a_device_page_stands_in_its_page_model(slug: str):
    for page in both_pages(slug):
        body = renderer().render(page).decode().split("<body>")[1]
        visible = unescape(re.sub(r"<[^>]+>", " ", body))
        assert set(NUMBER.findall(visible)) - set(NUMBER.findall(" ".join(_words(page)))) - STRUCTURE == set()


@pytest.mark.parametrize("slug", DEVICES)
def test_the_page_of_a_device_is_listed_and_leads_to_its_list_of_models_which_is_not(slug: str):
    page, everything = both_pages(slug)
    assert page.indexable
    assert not everything.indexable
    assert everything.path in {link.path for section in page.body.sections for link in section.links}


@pytest.mark.parametrize("slug", DEVICES)
def test_a_popular_model_stands_once_as_running_whole_in_parts_or_not_at_all(slug: str):
    sections = {section.id: section for section in device_page(slug).body.sections}
    names = [
        row.texts[0] for key in ("popular", "system-memory") if key in sections for row in sections[key].tables[0].rows
    ]
    refused = " ".join(sections["too-large"].sentences) if "too-large" in sections else ""
    asked = {atlas().catalog.models[slug].name for slug in atlas().catalog.site.common_models if slug in SAMPLES}
    assert len(names) == len(set(names))
    assert {name for name in asked if name in refused} == asked - set(names)


@pytest.mark.parametrize("slug", DEVICES)
def test_popular_models_are_ordered_by_how_fast_they_answer(slug: str):
    (table,) = (section.tables[0] for section in device_page(slug).body.sections if section.id == "popular")
    places = [list(Pace).index(Pace(row.texts[3])) for row in table.rows]
    assert places == sorted(places)


@pytest.mark.parametrize("slug", DEVICES)
def test_the_next_larger_hardware_holds_more_context_or_no_more(slug: str):
    (table,) = (section.tables[0] for section in device_page(slug).body.sections if section.id == "popular")
    for row in table.rows if table.columns[-1].startswith("On ") else ():
        here, there = row.texts[5], row.texts[6]
        assert there == "no more" or int(there.replace(",", "")) > int(here.replace(",", ""))


def test_a_step_up_has_more_memory_and_is_of_the_same_maker():
    known = holders(atlas().catalog)
    for slug in ("rtx-4090", "rx-7900-xtx", "apple-m4-max-64gb", "tesla-t4"):
        for step in steps_up(atlas(), known[slug]):
            assert step.total_bytes > known[slug].total_bytes
            assert step.device.vendor == known[slug].device.vendor


@pytest.mark.parametrize("slug", ["rtx-4060", "rtx-3090", "2x-rtx-3090"])
def test_a_step_up_unlocks_the_models_that_it_holds_and_this_does_not(slug: str):
    catalog, known = small_atlas().catalog, holders(small_atlas().catalog)
    (section,) = (each for each in device_page(slug).body.sections if each.id == "next")
    subjects = [small_atlas().subject(model) for model in SAMPLES]
    for row, step in zip(section.tables[0].rows, steps_up(small_atlas(), known[slug]), strict=True):
        there, here = (
            {each for each in subjects if holds(catalog, each, hardware)} for hardware in (step, known[slug])
        )
        names = {each.model.name for each in there - here}
        assert row.texts[2] == str(len(names))
        assert set(row.texts[3].split(", ")) == (names or {"none"})


def test_a_model_on_a_device_is_answered_with_yes_or_no_first():
    first = {path: plain(page.body.answer[0]) for path, page in pages("gpt-oss-20b").items() if "/on/" in path}
    assert first["/gpt-oss-20b/on/rtx-5090/"].startswith("Yes: at ")
    assert plain(pages("deepseek-v3")["/deepseek-v3/on/apple-m4-16gb/"].body.answer[0]).startswith("No: ")
    only = plain(pages("deepseek-v3")["/deepseek-v3/on/rtx-4090/"].body.answer[0])
    assert only.startswith("Only with a part in system memory: at Q4_K_M with the routed experts of 57 of 58 ")


@pytest.mark.parametrize("slug", ["gemma-3-27b", "qwen3.6-27b"])
def test_the_grid_says_fits_where_the_high_end_does(slug: str):
    subject, device = atlas().subject(slug), atlas().catalog.devices["rtx-4090"]
    page = pages(slug)[f"/{slug}/on/rtx-4090/"]
    (grid,) = (section for section in page.body.sections if section.id == "grid")
    rows = [row for table in grid.tables for row in table.rows]
    told = {row.texts[0] for row in rows}
    said = {name for text in grid.sentences for name in re.split(", | and ", text.rstrip(".").split(": ")[-1])}
    for each in subject.common_quantizations:
        assert subject.engine(each) != "llama.cpp" or (each.name in told) != (each.name in said)
    for row in rows:
        quantization = next(q for q in subject.quantizations if q.name == row.texts[0])
        for context, cell in zip(subject.contexts, row.cells[1:], strict=True):
            engine = subject.engine(quantization)
            own = defaults_on(engine, device.memory_bytes)
            estimate = subject.estimator(quantization, engine, **own).at(context, "nvidia", subject.band(engine).error)
            if estimate.total_high_bytes <= device.memory_bytes:
                expected = "fits"
            else:
                expected = "tight" if estimate.total_bytes <= device.memory_bytes else "no"
            assert cell.text == expected


@pytest.mark.parametrize("path", ["/deepseek-v3/on/rtx-4090/", "/llama-3.2-1b/on/rtx-4090/"])
def test_a_grid_that_would_say_the_same_everywhere_is_left_out(path: str):
    sections = pages(path.split("/")[1])[path].body.sections
    assert "grid" not in {section.id for section in sections}


def test_figures_at_the_head_of_a_model_on_a_device_are_the_answer_s():
    page = pages("gpt-oss-20b")["/gpt-oss-20b/on/rtx-5090/"]
    values = {card.label: plain(card.value) for card in page.body.cards}
    answer = plain(" ".join(page.body.answer))
    assert values["Best that fits"] in answer
    assert values["Takes at 8K"] in answer
    assert values["Tokens a second"] in answer


def test_no_page_of_a_radeon_offers_mlx():
    for slug in SAMPLES:
        assert "MLX" not in " ".join(_words(pages(slug)[f"/{slug}/on/rx-7900-xtx/"]))
    assert "MLX" not in " ".join(_words(device_page("rx-7900-xtx")))


def test_only_pairs_that_people_ask_about_are_listed():
    site = atlas().catalog.site
    for slug in SAMPLES:
        for path, page in pages(slug).items():
            if "/on/" in path and page.indexable:
                assert slug in site.common_models
                assert path.rstrip("/").rsplit("/", 1)[1] in site.common_devices


@pytest.mark.parametrize("gigabytes", [8, 24, 80, 288])
def test_a_memory_size_is_told_by_its_tightest_common_device(gigabytes: int):
    catalog = small_atlas().catalog
    page = hardware_pages()[f"/vram/{gigabytes}gb/"]
    common = [catalog.devices[slug] for slug in catalog.site.common_devices]
    cards = [each for each in common if each.memory_gb_marketed == gigabytes and not each.unified_memory]
    tightest = min(device.memory_bytes for device in cards)
    assert formats.gib(tightest) in page.body.answer[-1]


def test_a_memory_size_begins_with_the_models_asked_for_that_it_holds():
    catalog = small_atlas().catalog
    sections = hardware_pages()["/vram/24gb/"].body.sections
    names = [row.model for row in sections[0].models.fitting]
    judge = min(
        (holders(catalog)[slug] for slug in catalog.site.common_devices if slug in ("rtx-3090", "rtx-4090")),
        key=lambda each: each.device.memory_bytes,
    )
    asked = [atlas().subject(slug) for slug in SAMPLES if slug in catalog.site.common_models]
    assert {each.model.name for each in asked if holds(catalog, each, judge)} == set(names)
    assert "Llama 4 Scout" not in names


def test_a_memory_size_lists_what_the_next_smaller_one_does_not_hold_or_holds_at_fewer_bits():
    def quantizations(gigabytes: int) -> dict[str, str]:
        sections = hardware_pages()[f"/vram/{gigabytes}gb/"].body.sections
        tables = [section.models for section in sections if section.id.startswith("from-")]
        return {row.model: row.run.name for table in tables for row in table.fitting}

    sizes = sorted(atlas().catalog.site.memory_classes_gb)
    last: dict[str, str] = {}
    for size in sizes:
        found = quantizations(size)
        assert all(last.get(name) != scheme for name, scheme in found.items())
        last |= found


def test_the_index_names_every_device_and_group():
    text = renderer().render(hardware_pages()["/gpus/"]).decode()
    for slug in holders(atlas().catalog):
        assert f'href="/gpus/{slug}/"' in text


def test_titles_descriptions_and_headings_of_hardware_pages_are_each_a_page_s_own():
    found = [*hardware_pages().values(), *(device_page(slug) for slug in DEVICES)]
    found += [page for slug in SAMPLES for path, page in pages(slug).items() if "/on/" in path]
    for field in ("title", "heading", "path"):
        values = [getattr(page, field) for page in found]
        assert len(values) == len(set(values)), field


def test_common_devices_have_short_titles():
    titles = [pages(slug)[f"/{slug}/on/rtx-4090/"].title for slug in SAMPLES]
    assert all(len(title) <= 60 for title in titles)


def test_pages_stay_within_their_budget_of_bytes():
    for path in ("/gpus/", "/cloud/", "/vram/24gb/"):
        assert len(brotli.compress(renderer().render(hardware_pages()[path]))) <= INDEX_BUDGET
    for slug in SAMPLES:
        assert len(brotli.compress(html(slug, f"/{slug}/on/rtx-4090/").encode())) <= PAGE_BUDGET


def test_names_of_groups_say_how_many():
    assert name(holders(atlas().catalog)["8x-h100-sxm-80gb"]).startswith("8 × ")
