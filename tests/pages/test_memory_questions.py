"""Questions on speed and on what lies where: the answers are the core's figures, for this very scenario."""

from __future__ import annotations

import re

from generator import formats
from generator.pages.parts.hardware import SPEED
from generator.pages.parts.weights import in_system_memory
from tests.sample_site import SAMPLES, atlas, pages


def answers(path: str) -> dict[str, str]:
    body = pages(path.split("/")[1])[path].body
    return {entry.question: entry.answer.replace("\N{NO-BREAK SPACE}", " ") for entry in body.faq}


def answer(path: str, part: str) -> str:
    return next((text for question, text in answers(path).items() if part in question), "")


def test_all_experts_are_held_and_the_active_ones_set_the_speed() -> None:
    text = answer("/llama-4-scout/q4_k_m/32k/", "inactive experts")
    # 17B active of 108B, as the model is named.
    assert text.startswith("Yes, all of them: ")
    assert "for 108B parameters" in text
    assert "17.2B active parameters" in text
    assert not answer("/gemma-3-27b/q4_k_m/32k/", "inactive experts")


def test_bits_in_the_name_are_set_beside_those_that_are_stored() -> None:
    # 1,235,814,400 parameters: half a byte each, or what llama.cpp's quantizer wrote.
    text = answer("/llama-3.2-1b/q4_k_m/32k/", "another calculator")
    assert text.startswith("Because of the weights: 4 bits each would be 618 MB, but Llama 3.2 1B at Q4_K_M has ")


def test_sixteen_bits_are_sixteen_so_that_buffers_make_the_difference() -> None:
    text = answer("/llama-3.2-1b/f16/32k/", "another calculator")
    assert text.startswith("Buffers and driver, often left out, add ")


def test_where_the_usual_formula_errs_its_own_section_says_why() -> None:
    assert not answer("/gemma-3-27b/q4_k_m/128k/", "another calculator")
    assert pages("gemma-3-27b")["/gemma-3-27b/q4_k_m/128k/"].body.usual


def steps(path: str) -> dict[str, tuple[str, ...]]:
    return {step.heading: step.sentences for step in pages(path.split("/")[1])[path].body.steps}


def test_an_embedding_that_is_only_looked_up_stays_in_system_memory() -> None:
    assert "of token embedding stay in system memory" in steps("/gpt-oss-20b/q4_k_m/32k/")["Weights"][1]
    assert "of token embedding lie in system memory too" in steps("/llama-3.2-1b/q4_k_m/32k/")["Weights"][1]


def test_embeddings_of_every_layer_stay_in_system_memory_beside_the_copy_of_the_first() -> None:
    # Of Gemma 3n E4B the device has the 262,400 rows of 2,048 values for tokens as output head; 2 bytes each.
    text = in_system_memory(atlas().subject("gemma-3n-e4b").estimate(atlas().catalog.quantizations["bf16"], 8192))
    assert text.endswith(
        f" of embeddings lie in system memory, {formats.size(262400 * 2048 * 2)} of them on the device too"
    )


def test_the_total_of_the_steps_tells_what_system_memory_holds_besides() -> None:
    estimate = atlas().subject("llama-3.2-1b").estimate(atlas().catalog.quantizations["q4_k_m"], 32768)
    assert steps("/llama-3.2-1b/q4_k_m/32k/")["Total"][0].endswith(
        f" on the device, and {formats.size(estimate.host_bytes)} in system memory."
    )


def test_experts_in_system_memory_leave_the_device_what_is_no_expert() -> None:
    text = answer("/llama-4-scout/q4_k_m/32k/", "inactive experts")
    moved = float(re.findall(r"system memory ([\d.]+) GB, and tokens come slower", text)[0])
    # 48 layers x 16 experts x 3 matrices of 5120 x 8192 values, at 4.5 bits (Q4_K) to 6.5625 bits (Q6_K) each.
    values = 48 * 16 * 3 * 5120 * 8192
    assert values * 4.5 / 8e9 < moved < values * 6.5625 / 8e9
    assert "They may lie" not in answer("/llama-4-scout/fp8/32k/", "inactive experts")


def test_a_small_model_outruns_a_reader_even_on_the_slowest_device() -> None:
    text = answer("/llama-3.2-1b/q4_k_m/2k/", "How fast")
    assert text.startswith("Far faster than reading even on the ")


def test_devices_are_told_apart_by_how_fast_they_answer() -> None:
    text = answer("/gemma-3-27b/q4_k_m/32k/", "How fast").partition(".")[0]
    table = pages("gemma-3-27b")["/gemma-3-27b/q4_k_m/32k/"].body.hardware[0]
    column = table.columns.index(SPEED)
    slow_ends = {row.texts[0]: float(row.texts[column].split(" to ")[0]) for row in table.rows}
    firsts = [part.partition(" on the ")[2].split(", ")[0].split(" and ")[0] for part in text.split("; ")]
    far_above, above = (slow_ends[name.removeprefix("GeForce ")] for name in firsts)
    assert text.startswith("Far faster than reading on the ")
    # 238 words a minute at 4/3 tokens a word are 5.3 tokens a second; six times that, and twice.
    assert far_above >= 31.7 > above >= 10.6


def test_devices_that_share_every_layer_were_not_measured_so_no_speed_is_told() -> None:
    path = "/deepseek-v3/fp8/160k/"
    table = pages("deepseek-v3")[path].body.hardware[0]
    assert {row.texts[table.columns.index(SPEED)] for row in table.rows} == {"–"}
    assert not answer(path, "How fast")


def test_no_question_is_asked_twice_on_a_page() -> None:
    for slug in SAMPLES:
        for page in list(pages(slug).values())[::9]:
            if page.kind == "scenario":
                asked = [entry.question for entry in page.body.faq]
                assert len(asked) == len(set(asked))


def test_steps_of_other_engines_name_the_parts_that_make_up_their_buffers() -> None:
    found = steps("/gpt-oss-20b/mlx-4bit/128k/")
    assert found["Compute buffer"][0].startswith("MLX computes in ")
    assert "activations of 2048 prompt tokens" in found["Compute buffer"][0]
    assert not any("0\N{NO-BREAK SPACE}tokens" in sentence.split(", whole")[0] for sentence in found["KV cache"])
