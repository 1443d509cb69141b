"""Properties that hold for every model and setting."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from generator.memory.estimate import ErrorBand, Estimator, estimator
from generator.memory.gguf_recipes import MIXES
from generator.memory.settings import RunSettings
from tests.reference import architecture, measured_names

NAMES = measured_names("llama.cpp", "kv_cache_bytes+recurrent_state_bytes")
BAND = ErrorBand(0.9, 1.1)

runs = st.builds(
    RunSettings,
    batch=st.integers(1, 8),
    kv_type=st.sampled_from(["f16", "q8_0", "q4_0"]),
    ubatch=st.sampled_from([128, 512, 2048]),
    swa_full=st.booleans(),
)
estimators = st.builds(
    lambda name, mix, run: estimator(architecture(name), mix, "llama.cpp", run),
    st.sampled_from(NAMES),
    st.sampled_from(["Q4_K_M", "Q8_0", "IQ2_XS"]),
    runs,
)
contexts = st.integers(1, 1 << 20)


@hypothesis_settings(deadline=None, max_examples=60)
@given(estimators, contexts, contexts)
def test_weights_and_caches_never_shrink_with_more_context(found: Estimator, one: int, other: int) -> None:
    less, more = (found.at(context) for context in sorted((one, other)))
    assert less.weights_bytes == more.weights_bytes
    assert less.kv_cache_bytes <= more.kv_cache_bytes
    assert less.recurrent_state_bytes == more.recurrent_state_bytes


@hypothesis_settings(deadline=None, max_examples=60)
@given(estimators, contexts)
def test_caches_never_shrink_with_more_sequences(found: Estimator, context: int) -> None:
    more = replace(found.settings, batch=found.settings.batch + 1)
    larger = estimator(found.architecture, found.quant, found.engine, more).at(context)
    smaller = found.at(context)
    assert smaller.kv_cache_bytes <= larger.kv_cache_bytes
    assert smaller.recurrent_state_bytes <= larger.recurrent_state_bytes


@hypothesis_settings(deadline=None, max_examples=60)
@given(estimators, contexts)
def test_parts_add_up_to_the_total_and_the_band_holds_it(found: Estimator, context: int) -> None:
    e = found.at(context, band=BAND)
    parts = (e.weights_device_bytes, e.kv_cache_bytes, e.recurrent_state_bytes, e.compute_bytes, e.runtime_bytes)
    assert sum(parts) == e.total_bytes
    assert e.total_low_bytes <= e.total_bytes <= e.total_high_bytes
    assert e.weights_host_bytes + e.compute_host_bytes + e.output_bytes == e.host_bytes


@hypothesis_settings(deadline=None, max_examples=60)
@given(estimators, st.integers(1 << 30, 1 << 42))
def test_the_largest_context_fits_and_one_step_more_does_not(found: Estimator, budget: int) -> None:
    limit, step = 1 << 20, found.memory.profile.context_step
    largest = found.largest_context(budget, limit, band=BAND)
    if largest:
        assert found.at(largest, band=BAND).total_high_bytes <= budget
    if largest < limit:
        assert found.at(largest + step, band=BAND).total_high_bytes > budget


@pytest.mark.parametrize("name", NAMES[::9])
def test_a_profile_equals_the_exact_figures_at_every_context_of_the_ladder(name: str) -> None:
    found = estimator(architecture(name), "Q4_K_M")
    longest = found.architecture.context_max
    ladder = [1 << power for power in range(11, 21) if 1 << power < longest] + [longest]
    assert [found.at(context) for context in ladder] == [found.exactly(context) for context in ladder]


def test_a_quantized_cache_is_smaller_by_its_block_sizes() -> None:
    for name, part in (("q8_0", 34 / 64), ("q4_0", 18 / 64)):
        full = estimator(architecture("Llama-3.1-8B"), "Q4_K_M").at(32768).kv_cache_bytes
        run = RunSettings(kv_type=name)
        assert (
            estimator(architecture("Llama-3.1-8B"), "Q4_K_M", "llama.cpp", run).at(32768).kv_cache_bytes == full * part
        )


def test_every_mix_of_every_model_is_a_whole_number_of_blocks() -> None:
    for name in NAMES:
        for mix in MIXES:
            assert estimator(architecture(name), mix).at(4096).weights_bytes > 0
