"""What scenario pages say about speed, and which switch brings the usual figure back."""

from __future__ import annotations

import pytest

from generator import formats
from generator.pages.facts import Facts, facts
from generator.pages.parts import hardware
from generator.pages.parts.speeds import measured_notes, speed_note, speed_text, timed
from generator.pages.scenario import words
from generator.placement.holding import holder_of
from generator.placement.speed import prefill_speed
from tests.sample_site import atlas


def at(slug: str, quant: str = "q4_k_m", context: int = 32768) -> Facts:
    return facts(atlas().subject(slug), atlas().catalog.quantizations[quant], context)


def test_windows_name_the_switch_that_brings_the_usual_cache_back() -> None:
    usual = formats.size(2 * 62 * 16 * 128 * 2 * 131072)
    text = " ".join(words.usual(at("gemma-3-27b", context=131072)))
    assert f"With --swa-full the layers with a window keep the whole context too, and the cache takes {usual}." in text


@pytest.mark.parametrize("slug", ["deepseek-v3.2", "qwen3.5-4b", "llama-3.1-8b"])
def test_models_without_windows_name_no_such_switch(slug: str) -> None:
    assert "--swa-full" not in " ".join(words.usual(at(slug, context=131072)))


def test_the_note_tells_what_a_token_reads_and_how_long_the_prompt_takes() -> None:
    found = at("llama-3.1-8b")
    fits = hardware.alone(found, hardware.common_devices(atlas().catalog, found.engine, found.quantization))
    text = " ".join(speed_note(found, timed(found, fits[: hardware.MOST_ROWS], atlas().catalog), atlas().catalog))
    speed = prefill_speed(found.estimator, 32768, fits[0].device, atlas().catalog.efficiency_groups)
    assert f"{formats.size(found.estimate.weights_device_bytes)} of weights" in text
    assert f"takes {formats.duration(32768 / speed.high)} to {formats.duration(32768 / speed.low)}" in text
    assert "No measured run" not in text


def test_the_column_shows_the_range_of_the_device() -> None:
    found = at("llama-3.1-8b")
    fits = hardware.alone(found, hardware.common_devices(atlas().catalog, found.engine, found.quantization))
    known = timed(found, fits, atlas().catalog)
    table = hardware.alone_table(found, known)
    shown = [row.texts[table.columns.index(hardware.SPEED)] for row in table.rows]
    speed = known[0][1]
    assert shown[0] == f"{formats.token_rate(speed.low)} to {formats.token_rate(speed.high)}"
    assert speed_text(None) == "–"


def test_no_speed_is_promised_beyond_the_fastest_measured_run() -> None:
    # llama-3.2-1b at Q4_K_M on an RTX 5070, in llmfit's community data: 465.98 tokens a second.
    found = at("smollm2-135m", context=2048)
    fits = hardware.alone(found, hardware.common_devices(atlas().catalog, found.engine, found.quantization))
    known = timed(found, fits, atlas().catalog)
    assert {speed_text(speed) for _, speed in known} == {"over 466"}
    assert "No measured run was faster than 466 tokens a second" in " ".join(speed_note(found, known, atlas().catalog))


def test_parallel_state_and_attention_are_kept_besides_each_other() -> None:
    # Falcon-H1 has attention and a state space mixer side by side in every layer, Jamba one of both in each.
    assert "keep a state of fixed size besides" in " ".join(words.usual(at("falcon-h1-34b", context=2048)))
    assert "instead of a cache" in " ".join(words.usual(at("jamba2-mini", context=262144)))


@pytest.mark.parametrize("slug", ["gaudi-3", "rtx-4090"])
def test_what_measured_runs_reached_is_said_of_models_and_devices(slug: str) -> None:
    holder = holder_of(atlas().catalog, slug)
    assert " of on " not in measured_notes(atlas().catalog, holder)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.84, "0.8 s"), (9.96, "10 s"), (119, "119 s"), (120, "2.0 min"), (3600, "60 min"), (7200, "2.0 h")],
)
def test_times_are_written_as_one_waits_for_them(seconds: float, text: str) -> None:
    assert formats.duration(seconds).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(("rate", "text"), [(4.24, "4.2"), (58.4, "58"), (1243.0, "1,240"), (99.6, "100")])
def test_rates_have_two_or_three_digits(rate: float, text: str) -> None:
    assert formats.token_rate(rate) == text
