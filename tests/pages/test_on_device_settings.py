"""What to set on a device: every context, cache and step that is advised holds against the core."""

from __future__ import annotations

import re

import pytest

from generator.pages.on_device.page import on_device_page
from generator.pages.page import Page
from generator.placement.holding import holders
from tests.sample_site import atlas


def page(model: str, device: str) -> Page:
    return on_device_page(atlas(), atlas().subject(model), holders(atlas().catalog)[device])


def section(found: Page, id: str) -> str:
    said = (" ".join(each.sentences) for each in found.body.sections if each.id == id)
    return next(said, "").replace("\N{NO-BREAK SPACE}", " ")


def answer(found: Page) -> str:
    return " ".join(found.body.answer).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("device", ["rtx-4090", "rtx-3060-12gb"])
def test_the_bits_for_each_longer_context_fit_it(device: str) -> None:
    subject, holder = atlas().subject("qwen3-14b"), holders(atlas().catalog)[device]
    names = {each.name: each for each in subject.quantizations}
    text = section(page("qwen3-14b", device), "settings")
    steps = re.findall(r"(\w+) for (?:the full )?(\d+)K", text.partition("; take ")[2].partition(".")[0])
    assert steps
    for name, thousands in steps:
        assert subject.estimate(names[name], int(thousands) << 10).total_high_bytes <= holder.device.memory_bytes


def test_a_lighter_cache_reaches_as_far_as_the_core_says() -> None:
    subject, holder = atlas().subject("qwen3-32b"), holders(atlas().catalog)["rtx-4090"]
    text = section(page("qwen3-32b", "rtx-4090"), "settings")
    name, reached, instead = re.findall(r"-ctv q8_0\) (\w+) reaches ([\d,]+) tokens instead of ([\d,]+)", text)[0]
    chosen = next(each for each in subject.quantizations if each.name == name)
    longest = int(reached.replace(",", ""))
    capacity = holder.device.memory_bytes
    assert int(instead.replace(",", "")) < longest
    assert subject.estimate(chosen, longest, kv_type="q8_0").total_high_bytes <= capacity
    assert subject.estimate(chosen, longest + 256, kv_type="q8_0").total_high_bytes > capacity


def test_two_bits_are_no_plain_yes_and_the_usual_bits_are_told_with_system_memory() -> None:
    found = page("llama-3.3-70b", "rtx-4090")
    assert answer(found).startswith("Only at IQ2_XXS, 2.")
    assert re.search(
        r"Q4_K_M runs with \d+ of 80 layers in system memory, at [\d. to]+ tokens a second\.", answer(found)
    )
    assert found.title.endswith("Only at IQ2_XXS")
    assert found.body.verdict == "tight"


def test_a_published_form_leaves_out_what_takes_more() -> None:
    small, large = page("gpt-oss-20b", "rtx-5080"), page("gpt-oss-120b", "rtx-4090")
    listed = next(each.tables[0] for each in small.body.sections if each.id == "quantizations")
    assert [row.texts[0] for row in listed.rows] == ["MXFP4_MOE"]
    assert answer(large).startswith("Only with a part in system memory: at MXFP4_MOE with the routed experts of ")
    assert "--n-cpu-moe 2" in next(each.code for each in large.body.sections if each.id == "command-split")


def test_two_cards_at_home_are_named_although_a_card_for_servers_is_smaller() -> None:
    more = next(each.tables[0] for each in page("llama-3.3-70b", "rtx-4090").body.sections if each.id == "others")
    names = [row.texts[0] for row in more.rows]
    assert {"2 × RTX 3090", "NVIDIA L40S"} <= set(names)
