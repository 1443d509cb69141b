"""What prose can ask for: one method a name, and figures that agree with each other and with what was published."""

from __future__ import annotations

import inspect

import pytest

from generator.catalog.prose import FIGURES, OPTIONS
from generator.pages.figures import Figures
from generator.pages.prose import prose_of
from tests.sample_site import atlas


def figure(call: str, model: str) -> str:
    found = prose_of(atlas()).text(f"{{{{ {call} }}}}", atlas().subject(model), "data/models/example.md")
    return found.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_takes_the_arguments_that_the_check_allows(name: str) -> None:
    method = inspect.signature(getattr(Figures, name))
    assert tuple(method.parameters)[1:] == (*FIGURES[name], *OPTIONS)


@pytest.mark.parametrize(
    ("call", "model", "text"),
    [
        # 2 x 32 layers x 8 heads x 128 values x 2 bytes x 131,072 tokens, the model's own maximum.
        ('kv_cache("full")', "llama-3.1-8b", "17.2 GB"),
        ("context_max()", "llama-3.1-8b", "131,072 tokens"),
        # 34 bytes for 32 values.
        ('bits_per_weight("Q8_0")', "llama-3.1-8b", "8.50"),
        # 27,432,406,640 parameters published, 27,009,346,304 of them the language model's.
        ("vision_parameters()", "gemma-3-27b", "423M"),
        ("vision_weights()", "gemma-3-27b", "846 MB"),
    ],
)
def test_a_figure_follows_from_published_shapes(call: str, model: str, text: str) -> None:
    assert figure(call, model) == text


def gigabytes(call: str, model: str) -> float:
    return float(figure(call, model).split()[0].replace(",", ""))


def test_further_users_take_a_cache_each() -> None:
    model = "llama-3.1-8b"
    one, four = gigabytes('total("Q4_K_M", "8K")', model), gigabytes('total_of_users("Q4_K_M", "8K", "4")', model)
    assert four - one == pytest.approx(3 * gigabytes('kv_cache("8K")', model), abs=0.05)


def test_scores_need_room_without_flash_attention() -> None:
    call = 'total{}("Q4_K_M", "32K")'
    without, with_it = (gigabytes(call.format(how), "qwen3-8b") for how in ("_without_flash_attention", ""))
    # 512 tokens x 32 heads x 32,768 tokens x 4 bytes of scores.
    assert without - with_it == pytest.approx(512 * 32 * 32768 * 4 / 1e9, rel=0.1)


def test_the_fuller_of_two_cards_holds_more_than_half_and_less_than_all() -> None:
    model = "qwen3-32b"
    whole, fuller = gigabytes('total("Q4_K_M", "8K")', model), gigabytes('fullest_of("Q4_K_M", "8K", "2")', model)
    assert whole / 2 < fuller < whole


def test_experts_leave_the_gpu_for_system_memory() -> None:
    model = "qwen3-30b-a3b"
    whole, ram = gigabytes('total("Q4_K_M", "4K")', model), gigabytes('ram_with_experts("Q4_K_M", "4K")', model)
    assert figure('gpu_beside_experts("Q4_K_M", "4K")', model).endswith("GB")
    # 48 layers x 128 experts x 3 x 2048 x 768 of 30.5 billion parameters.
    assert 0.9 * whole < ram < whole


def test_a_dense_model_has_no_experts_to_move() -> None:
    with pytest.raises(Exception, match="no routed experts"):
        figure('ram_with_experts("Q4_K_M", "4K")', "llama-3.1-8b")


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("falcon3-1b", "all 4,096 tokens on 8 GB and more"),
        ("llama-3.1-405b", "none up to 48 GB"),
    ],
)
def test_cards_with_one_answer_are_named_together(model: str, text: str) -> None:
    assert figure('context_by_card("Q4_K_M")', model) == text


def test_larger_cards_hold_larger_quantizations() -> None:
    answers = [part.rsplit(" on ", 1)[0] for part in figure('quantization_by_card("8K")', "qwen3-8b").split(", ")]
    assert answers[-1] == "BF16"
    assert len(answers) == len(set(answers)) > 1


def test_full_windows_cost_what_the_usual_formula_counts() -> None:
    model = "gemma-3-27b"
    windows, full = (
        gigabytes('total("Q4_K_M", "32K")', model),
        gigabytes('total_with_full_windows("Q4_K_M", "32K")', model),
    )
    saved = gigabytes('usual_kv("32K")', model) - gigabytes('kv_cache("32K")', model)
    assert full - windows == pytest.approx(saved, rel=0.02)


def test_a_larger_micro_batch_takes_more_room() -> None:
    model = "qwen3-8b"
    larger = gigabytes('total_with_micro_batch("Q4_K_M", "32K", "2048")', model)
    assert larger > gigabytes('total("Q4_K_M", "32K")', model)
    assert figure('total_with_micro_batch("Q4_K_M", "32K", "512")', model) == figure('total("Q4_K_M", "32K")', model)


@pytest.mark.parametrize(
    ("model", "engines"),
    [("qwen3-8b", ["llama.cpp", "vLLM", "Transformers", "MLX"]), ("a.x-k1", ["vLLM", "Transformers", "MLX"])],
)
def test_totals_are_given_for_the_engines_that_have_the_model(model: str, engines: list[str]) -> None:
    parts = figure('total_by_engine("BF16", "8K")', model).replace(" and ", ", ").split(", ")
    assert [part.split(" in ")[1] for part in parts] == engines
