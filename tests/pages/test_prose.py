"""Markdown bodies: every figure they call for exists, and what doesn't is named with its file."""

from __future__ import annotations

import pytest

from generator.pages.figures import Figures
from generator.pages.prose import ProseError, prose_of
from generator.pages.shared import introduction, questions
from generator.scenarios import Subject
from tests.sample_site import atlas


@pytest.fixture
def scout() -> Subject:
    return atlas().subject("llama-4-scout")


@pytest.mark.parametrize("slug", sorted(atlas().catalog.models))
def test_every_body_and_question_of_a_model_evaluates(slug: str) -> None:
    subject = atlas().subject(slug)
    texts = [introduction(atlas(), subject), *(entry.answer for entry in questions(atlas(), subject))]
    assert len(texts) > len(subject.model.faq)
    for text in texts:
        assert "{{" not in text
        assert text.strip()


@pytest.mark.parametrize("slug", sorted(atlas().catalog.families))
def test_every_family_text_evaluates(slug: str) -> None:
    family = atlas().catalog.families[slug]
    assert "{{" not in prose_of(atlas()).text(family.body, None, f"data/families/{slug}.md")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        # llama.cpp's measured cache of Llama 4 Scout, and 2 x 48 x 8 x 128 x 2 bytes x 10 x 2^20.
        ('kv_cache("10M")', "516.7 GB"),
        ('usual_kv("10M")', "2,062 GB"),
        # 12 layers that keep everything x (8 + 8) x 128 x 2 bytes.
        ("kv_per_token()", "49,152 bytes"),
        ('fits("Q4_K_M", "32K", "24GB")', "does not fit"),
        ('fits("Q4_K_M", "32K", "80GB")', "fits"),
        ('largest_context("Q4_K_M", "24GB")', "no context at all"),
        # 2 x 32 x 8 x 128 x 2 bytes x 32,768.
        ('kv_cache("32K", model="llama-3.1-8b")', "4.29 GB"),
    ],
)
def test_a_figure_is_the_published_one(scout: Subject, call: str, text: str) -> None:
    found = prose_of(atlas()).text(f"{{{{ {call} }}}}", scout, "data/models/example.md")
    assert found.replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{{ vram('Q4_K_M') }}", "vram"),
        ("{{ total('Q9_Z', '32K') }}", "Q9_Z"),
        ("{{ total('Q4_K_M', 'much') }}", "much"),
        ("{{ weights('Q4_K_M', model='nobody') }}", "nobody"),
        ("{{ total }}{{ total.__globals__ }}", "no call"),
    ],
)
def test_a_call_that_fails_names_its_file_and_reason(scout: Subject, body: str, reason: str) -> None:
    with pytest.raises(ProseError) as caught:
        prose_of(atlas()).text(body, scout, "data/models/example.md")
    assert str(caught.value).startswith("data/models/example.md")
    assert reason in str(caught.value)


def test_a_quantization_that_no_engine_runs_the_model_at_is_told_with_the_call(scout: Subject) -> None:
    dense = atlas().subject("llama-3.1-8b")
    with pytest.raises(ProseError) as caught:
        prose_of(atlas()).text('{{ total("MXFP4_MOE", "8K") }}', dense, "data/models/example.md")
    told = 'data/models/example.md: {{ total("MXFP4_MOE", "8K") }}: no engine runs the model at MXFP4_MOE'
    assert str(caught.value) == told


def test_a_fault_of_the_program_is_told_with_its_place(scout: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Figures, "parameters", lambda self: {}["nothing"])
    with pytest.raises(ProseError, match=r"\{\{ parameters\(\) \}\}: KeyError in .*, line \d+ of .*: 'nothing'"):
        prose_of(atlas()).text("{{ parameters() }}", scout, "data/models/example.md")


def test_a_family_text_must_say_which_model_it_means() -> None:
    with pytest.raises(ProseError, match="model="):
        prose_of(atlas()).text("{{ parameters() }}", None, "data/families/example.md")
