"""General questions are asked only of models that they fit."""

from __future__ import annotations

import pytest

from generator.pages.models.hub import model_page
from generator.pages.shared import questions
from generator.pages.traits import applies, traits
from tests.sample_site import atlas, pages


@pytest.mark.parametrize(
    ("slug", "met", "missed"),
    [
        (
            "llama-3.1-8b",
            {"gguf", "kv_cache", "one_card", "usual_holds"},
            {"usual_errs", "moe", "ssm", "mla", "tied_embeddings"},
        ),
        ("deepseek-v3", {"moe", "mla", "mtp", "usual_errs"}, {"one_card", "sliding_window", "linear_attention"}),
        (
            "gemma-3-27b",
            {"sliding_window", "tied_embeddings", "vision_counted"},
            {"chunked", "moe", "vision_uncounted"},
        ),
        ("llama-4-scout", {"chunked", "moe"}, {"sliding_window"}),
        ("kimi-linear-48b-a3b", {"linear_attention", "mla"}, {"ssm"}),
        # Nothing but Mamba layers: a state and no cache.
        ("falcon-mamba-7b", {"gguf", "ssm"}, {"kv_cache", "quantizable_cache"}),
        # Heads of 80 values, which blocks of 32 don't divide.
        ("stablelm-3b-4e1t", {"gguf", "kv_cache"}, {"quantizable_cache"}),
        # llama.cpp has no windows for it.
        ("starcoder2-7b", {"gguf"}, {"sliding_window"}),
    ],
)
def test_a_model_has_the_traits_of_its_architecture(slug: str, met: set[str], missed: set[str]) -> None:
    found = traits(atlas().subject(slug))
    assert met <= found
    assert not missed & found


@pytest.mark.parametrize(
    ("slug", "asked", "unasked"),
    [
        ("qwen3-30b-a3b", ["quantized-cache", "moe-active"], []),
        ("llama-3.1-8b", ["quantized-cache"], ["moe-active"]),
        ("falcon-mamba-7b", [], ["quantized-cache", "moe-active"]),
        ("stablelm-3b-4e1t", [], ["quantized-cache"]),
    ],
)
def test_a_question_is_asked_where_all_of_its_conditions_are_met(
    slug: str, asked: list[str], unasked: list[str]
) -> None:
    shown = {question.question for question in questions(atlas(), atlas().subject(slug))}
    titles = {name: atlas().catalog.faqs[name].question for name in (*asked, *unasked)}
    assert [name for name in asked if titles[name] not in shown] == []
    assert [name for name in unasked if titles[name] in shown] == []


def test_a_question_about_a_quantization_that_the_model_lacks_is_not_asked() -> None:
    dense = atlas().subject("llama-3.1-8b")
    entry = next(entry for entry in atlas().catalog.faqs.values() if "Q4_K_M" in entry.answer and applies(entry, dense))
    assert not applies(entry.model_copy(update={"answer": '{{ weights("MXFP4_MOE") }}'}), dense)
    of_another = '{{ weights("MXFP4_MOE", model="qwen3-30b-a3b") }}'
    assert applies(entry.model_copy(update={"answer": of_another}), dense)


def test_a_scenario_answers_in_its_own_figures_and_leads_to_the_general_questions() -> None:
    page = pages("llama-3.2-1b")["/llama-3.2-1b/q4_k_m/32k/"]
    general = {question.question for question in questions(atlas(), atlas().subject("llama-3.2-1b"))}
    assert not general & {question.question for question in page.body.faq}
    assert "/llama-3.2-1b/#faq" in [link.path for link in page.body.more]


def test_general_questions_are_answered_on_one_of_the_models_that_take_the_same_memory() -> None:
    variant, other = (model_page(atlas(), atlas().subject(slug)) for slug in ("deepseek-v3", "deepseek-r1"))
    assert len(variant.body.faq) == len(atlas().subject("deepseek-v3").model.faq) < len(other.body.faq)
    assert variant.body.answered_elsewhere.path == "/deepseek-r1/#faq"
    assert other.body.answered_elsewhere is None
