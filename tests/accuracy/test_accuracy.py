"""The published table is today's, and its statistics are what they say."""

from __future__ import annotations

import pytest

from generator.accuracy.bands import ALL_KINDS, Bands, Nearness, rows
from generator.accuracy.compare import Comparison
from generator.accuracy.measurement import Measurement
from generator.accuracy.table import table
from generator.catalog import load_catalog
from tests.reference import DATA, REFERENCE


def comparison(measured: int, ours: int | None, metric: str = "compute_bytes") -> Comparison:
    measurement = Measurement("llama.cpp", "v", "m", metric, measured, "F16", 256, {})
    return Comparison(measurement, "dense", ours, architecture="llama")


def test_a_row_counts_exact_figures_and_tells_median_and_worst() -> None:
    group = [comparison(100, 100), comparison(100, 110), comparison(100, 80), comparison(100, None)]
    (overall, _) = rows(group)
    assert (overall.kind, overall.n, overall.exact, overall.refused) == (ALL_KINDS, 3, 1, 1)
    assert overall.median == pytest.approx(0.1)
    assert overall.worst == pytest.approx(-0.2)
    assert (overall.low, overall.high) == pytest.approx((100 / 110, 100 / 80))
    assert overall.worst_run == "m at F16, 256 tokens"


def test_the_run_furthest_off_is_named_with_the_settings_that_aren_t_usual() -> None:
    settings = {"ubatch": 512, "n_seq_max": 4, "swa_full": True}
    run = Measurement("llama.cpp", "v", "models/m", "compute_bytes", 100, "Q8_0", 8192, settings)
    (overall, _) = rows([Comparison(run, "dense", 90, architecture="llama")])
    assert overall.worst_run == "m at Q8_0, 8,192 tokens, n_seq_max=4, swa_full=True"
    weights = Measurement("llama.cpp", "v", "m", "weights_bytes", 100, "Q8_0", 1, {})
    assert rows([Comparison(weights, "dense", 90, architecture="llama")])[0].worst_run == "m at Q8_0"
    assert rows([comparison(100, 100)])[0].worst_run == ""


@pytest.mark.parametrize(
    ("kind", "architecture", "nearness", "low", "high"),
    [
        ("dense", "llama", Nearness.ARCHITECTURE, 100 / 125, 1.0),
        ("dense", "unheard of", Nearness.KIND, 1 / 1.25, 1.25),
        ("never seen", "unheard of", Nearness.ENGINE, 1 / 1.25, 1.25),
    ],
)
def test_a_band_is_as_wide_as_the_worst_row_where_the_architecture_was_not_measured(
    kind: str, architecture: str, nearness: Nearness, low: float, high: float
) -> None:
    band = Bands(rows([comparison(100, 100), comparison(100, 125)])).compute("llama.cpp", kind, architecture)
    assert band.nearness is nearness
    assert (band.error.low, band.error.high) == pytest.approx((low, high))


def test_an_architecture_never_measured_is_allowed_twice_what_others_reported() -> None:
    bands = Bands(rows([comparison(100, 100)]), rows([comparison(110, 100)]))
    measured, unmeasured = (bands.compute("llama.cpp", "dense", name).error for name in ("llama", "unheard of"))
    assert (measured.low, measured.high) == pytest.approx((1.0, 1.1))
    assert (unmeasured.low, unmeasured.high) == pytest.approx((1 / 1.2, 1.2))


def test_an_engine_without_any_row_gets_half_to_twice() -> None:
    band = Bands(()).compute("nothing", "dense", "llama")
    assert (band.error.low, band.error.high, band.nearness) == (0.5, 2.0, Nearness.NOTHING)


@pytest.fixture(scope="module")
def today() -> Bands:
    return table(REFERENCE, load_catalog(DATA))


def test_the_stored_table_is_what_the_core_gives_today(today: Bands) -> None:
    assert (DATA / "accuracy.json").read_text(encoding="utf-8") == today.dumps()


def test_every_figure_of_llama_cpp_besides_compute_buffers_is_exact(today: Bands) -> None:
    inexact = [
        (row.kind, row.metric)
        for row in today.table
        if row.engine == "llama.cpp" and not row.metric.startswith("compute") and (row.exact != row.n or row.refused)
    ]
    assert inexact == []
