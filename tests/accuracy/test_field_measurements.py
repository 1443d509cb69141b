"""Which figures of other people's runs are compared, and with what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from generator.accuracy.bands import Bands, rows
from generator.accuracy.compare import Comparison, compare
from generator.accuracy.field_measurements import field_measurements, field_models, run_measurements
from generator.accuracy.field_runs import FieldFigure, FieldRun, report_run
from generator.accuracy.measurement import Measurement
from generator.catalog import Catalog, FieldReport, load_catalog
from tests.engine_logs.test_logs import LLAMA_CPP, VLLM
from tests.reference import DATA, REFERENCE

COMPLETE = {"context": 4096, "kv_type": "f16", "ubatch": 512, "flash_attention": True, "n_seq_max": 1}
BUFFERS = {name: FieldFigure(1, 0) for name in ("kv_cache_bytes", "compute_bytes", "compute_host_bytes")}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(DATA)


def run(catalog: Catalog, **changes: Any) -> dict[str, Mapping[str, Any]]:
    """Settings by metric of what is compared of a run of llama.cpp that says everything, but for ``changes``."""
    fields = {
        "engine": "llama.cpp",
        "version": "b9849",
        "model": "llama-3.1-8b",
        "quant": "Q4_K_M",
        "settings": COMPLETE,
        "whole": True,
        "figures": BUFFERS | {"weights_device_bytes": FieldFigure(1, 0)},
    }
    return {m.metric: m.settings for m in run_measurements(FieldRun(**(fields | changes)), catalog)}


def test_a_run_that_says_everything_is_compared_in_full(catalog: Catalog) -> None:
    assert set(run(catalog)) == {*BUFFERS, "weights_device_bytes"}


@pytest.mark.parametrize(
    ("changes", "left_out"),
    [
        ({"quant": "UD-Q4_K_XL"}, {"weights_device_bytes"}),
        ({"whole": False}, {"weights_device_bytes", "compute_bytes", "compute_host_bytes"}),
        ({"version": "b8164"}, {"compute_host_bytes"}),
        ({"version": "b9000"}, {"compute_bytes", "compute_host_bytes"}),
        ({"engine": "ollama"}, {"compute_bytes", "compute_host_bytes"}),
        ({"settings": COMPLETE | {"ubatch": None}}, {"compute_bytes", "compute_host_bytes"}),
        ({"settings": {"ubatch": 512}}, set(BUFFERS)),
        ({"model": "no-such-model"}, {*BUFFERS, "weights_device_bytes"}),
    ],
)
def test_what_a_run_leaves_open_is_not_compared(catalog: Catalog, changes: dict[str, Any], left_out: set[str]) -> None:
    assert set(run(catalog)) - set(run(catalog, **changes)) == left_out


def test_builds_before_the_change_reserve_logits_for_every_token(catalog: Catalog) -> None:
    assert run(catalog, version="b8164")["compute_bytes"]["n_outputs_max"] == "all"
    assert "n_outputs_max" not in run(catalog)["compute_bytes"]


def test_a_log_s_figures_are_those_of_its_report(catalog: Catalog) -> None:
    report = FieldReport(
        engine="llama.cpp", engine_version="b9849", model="gemma-4-12b", quant="Q4_0", device="RTX 3080 Ti",
        date="2026-10", source="own run", log=LLAMA_CPP,
    )  # fmt: skip
    found = report_run(report)
    assert found.figures["kv_cache_bytes"] == FieldFigure(2048 << 20, 2 * round((1 << 20) / 200))
    assert (found.whole, found.settings["kv_type"]) == (True, "q8_0")


def test_vllm_s_room_is_compared_with_a_cache_of_as_many_tokens(catalog: Catalog) -> None:
    report = FieldReport(
        engine="vllm", engine_version="0.11.0", model="qwen3-0.6b", quant="BF16", device="H100", date="2025-10",
        source="own run", log=VLLM,
    )  # fmt: skip
    found = list(compare(run_measurements(report_run(report), catalog), field_models(catalog)))
    by_metric = {comparison.measurement.metric: comparison for comparison in found}
    # 28 layers x 2 x 8 heads x 128 values x 2 bytes a token.
    assert by_metric["kv_cache_bytes+recurrent_state_bytes"].ours == 603_376 * 28 * 2 * 8 * 128 * 2


@pytest.mark.parametrize(("reported", "ours"), [("bfloat16", "BF16"), ("awq-int4", "AWQ INT4"), ("Q4_K_M", None)])
def test_vllm_s_weights_are_compared_at_a_quantization_that_it_runs(
    catalog: Catalog, reported: str, ours: str | None
) -> None:
    run = FieldRun("vllm", "0.11.0", "qwen3-0.6b", reported, {}, True, {"weights_bytes": FieldFigure(1, 0)})
    assert [m.quant for m in run_measurements(run, catalog)] == ([ours] if ours else [])


def test_reported_caches_and_weights_are_ours_as_far_as_they_are_printed(catalog: Catalog) -> None:
    """Of llama.cpp's own runs; files of one name made with other mixes, and buffers with padding, lie beside."""
    found = compare(field_measurements(REFERENCE, catalog), field_models(catalog))
    sizes = [c for c in found if c.measurement.engine == "llama.cpp" and not c.measurement.metric.startswith("compute")]
    assert len(sizes) >= 30
    assert sum(comparison.exact for comparison in sizes) >= len(sizes) - 4
    assert max(abs(comparison.error) for comparison in sizes) < 0.02


def test_a_rounded_figure_is_equal_within_its_last_digit() -> None:
    def comparison(ours: int) -> Comparison:
        return Comparison(Measurement("llama.cpp", "v", "m", "kv_cache_bytes", 1000, "F16", 1, {}, 5), "dense", ours)

    assert [comparison(ours).exact for ours in (994, 995, 1000, 1005, 1006)] == [False, True, True, True, False]


def test_reported_rows_stand_apart_and_only_widen_a_band(tmp_path) -> None:
    def measured(ours: int) -> Comparison:
        measurement = Measurement("llama.cpp", "v", "m", "compute_bytes", 100, "F16", 1, {})
        return Comparison(measurement, "dense", ours, architecture="llama")

    both = Bands(rows([measured(100)]), rows([measured(50)]))
    path = tmp_path / "accuracy.json"
    path.write_text(both.dumps(), encoding="utf-8")
    read = Bands.load(path)
    assert (read.table, read.reported) == (both.table, both.reported)
    error = read.compute("llama.cpp", "dense", "llama").error
    assert (error.low, error.high) == (1.0, 2.0)
