"""What a device or a group holds: the best quantization, and a largest context that is exact."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.placement import Verdict
from generator.placement.holding import SHORT_CONTEXT, Candidate, Holder, best, candidates, engines_on, holders
from generator.scenarios import Subject
from tests.sample_site import SAMPLES, atlas

HARDWARE = ("rtx-3060-12gb", "rtx-4090", "apple-m4-max-64gb", "rx-7900-xtx", "2x-rtx-3090", "4x-tesla-p40")


def holder(slug: str):
    return holders(atlas().catalog)[slug]


@pytest.mark.parametrize("slug", HARDWARE)
@pytest.mark.parametrize("model", SAMPLES)
def test_the_largest_context_fits_and_one_step_more_does_not(model: str, slug: str):
    subject, hardware = atlas().subject(model), holder(slug)
    for each in candidates(atlas().catalog, subject, hardware)[::7]:
        largest = each.largest_context(hardware)
        step = each.estimator.memory.profile.context_step
        if largest:
            assert each.fit(hardware, largest).verdict is Verdict.FITS
        if largest < subject.model.context_max:
            assert each.fit(hardware, largest + step).verdict is not Verdict.FITS


@pytest.mark.parametrize("model", SAMPLES)
def test_the_largest_context_of_one_device_is_the_estimator_s(model: str):
    subject, hardware = atlas().subject(model), holder("rtx-4090")
    for each in candidates(atlas().catalog, subject, hardware)[::5]:
        limit = subject.model.context_max
        expected = each.estimator.largest_context(hardware.device.memory_bytes, limit, "nvidia", each.band.error)
        assert each.largest_context(hardware) == expected


@pytest.mark.parametrize("slug", HARDWARE)
@pytest.mark.parametrize("model", SAMPLES)
def test_nothing_with_larger_weights_that_people_ask_about_fits_than_the_best(model: str, slug: str):
    subject, hardware = atlas().subject(model), holder(slug)
    chosen = best(atlas().catalog, subject, hardware)
    asked = atlas().catalog.site.common_quantizations
    if chosen is not None and chosen.native:
        return
    for each in candidates(atlas().catalog, subject, hardware):
        if each.quantization.slug not in asked:
            continue
        if each is chosen:
            break
        assert each.fit(hardware, each.short_context).verdict is not Verdict.FITS
    else:
        assert chosen is None


def _devices(generation: str) -> list[str]:
    """Single devices of a generation, least memory first."""
    found = [each for each in atlas().catalog.devices.values() if each.generation == generation]
    return [device.slug for device in sorted(found, key=lambda device: device.memory_bytes)]


def running(subjects: list[Subject], hardware: Holder) -> dict[Subject, Candidate]:
    """Those that run, each with its best quantization."""
    chosen = ((subject, best(atlas().catalog, subject, hardware)) for subject in subjects)
    return {subject: each for subject, each in chosen if each is not None}


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_more_memory_never_runs_fewer_models(data):
    """Nor at smaller quantizations."""
    slugs = _devices(data.draw(st.sampled_from(["ampere", "blackwell", "rdna3", "m4"])))
    less, more = sorted(data.draw(st.lists(st.integers(0, len(slugs) - 1), min_size=2, max_size=2)))
    subjects = [atlas().subject(model) for model in SAMPLES]
    smaller = running(subjects, holder(slugs[less]))
    larger = running(subjects, holder(slugs[more]))
    for subject, chosen in smaller.items():
        more_weights = larger[subject].estimator.memory.weights_bytes >= chosen.estimator.memory.weights_bytes
        assert larger[subject].native or more_weights


def test_two_devices_run_what_one_of_them_runs():
    subjects = [atlas().subject(model) for model in SAMPLES]
    one = running(subjects, holder("rtx-3090"))
    two = running(subjects, holder("2x-rtx-3090"))
    assert one.keys() <= two.keys()


@pytest.mark.parametrize(
    ("slug", "engine", "offered"),
    [
        ("rx-7900-xtx", "mlx", False),
        ("rtx-4090", "mlx", False),
        ("apple-m4-max-64gb", "mlx", True),
        ("rtx-4090", "vllm", True),
        ("tesla-p40", "vllm", False),
        ("tesla-p40", "llama.cpp", True),
        ("rx-6800", "vllm", False),
        ("gaudi-2", "llama.cpp", False),
    ],
)
def test_engines_are_offered_only_on_generations_they_run_on(slug: str, engine: str, offered: bool):
    assert (engine in engines_on(atlas().catalog, holder(slug))) is offered


def test_a_short_context_is_the_model_s_own_where_that_is_less():
    for each in candidates(atlas().catalog, atlas().subject("llama-3.2-1b"), holder("rtx-4090")):
        assert each.short_context == SHORT_CONTEXT


def test_a_model_is_taken_in_the_type_that_its_maker_publishes_where_that_runs():
    """gpt-oss comes in MXFP4: other types take more and hold no more. llama.cpp's form of it is smaller than vLLM's."""
    for slug in ("rtx-3060-12gb", "rtx-4090", "apple-m4-max-64gb"):
        chosen = best(atlas().catalog, atlas().subject("gpt-oss-20b"), holder(slug))
        assert chosen.quantization.name == "MXFP4_MOE"


@pytest.mark.parametrize(
    ("slug", "engine", "quantization", "offered"),
    [
        ("rtx-3090", "vllm", "fp8", True),
        ("rx-7900-xtx", "vllm", "fp8", False),
        ("rx-9070-xt", "vllm", "fp8", True),
        ("mi210", "vllm", "fp8", False),
        ("mi300x", "vllm", "nvfp4", False),
        ("rx-7900-xtx", "vllm", "awq-int4", True),
        ("apple-m4-max-64gb", "mlx", "nvfp4", True),
    ],
)
def test_a_format_is_tried_only_where_its_engine_has_kernels_for_it(slug, engine, quantization, offered):
    """vLLM's platforms: FP8 on NVIDIA from Turing on and on gfx94, gfx95 and gfx12 of AMD; NVFP4 on NVIDIA."""
    tried = candidates(atlas().catalog, atlas().subject("qwen3-8b"), holder(slug))
    assert ((quantization, engine) in {(each.quantization.slug, each.engine) for each in tried}) is offered
