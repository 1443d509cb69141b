"""The commands as people type them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from generator.cli import main
from tests.reference import DATA, models


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["--data", str(DATA), *arguments], input=stdin)


def test_a_table_tells_the_parts_and_the_total() -> None:
    result = run("estimate", "llama-3.1-8b")
    assert result.exit_code == 0
    for word in ("weights", "KV cache", "compute buffer", "device total", "low", "high", "K and V of 32 layers"):
        assert word in result.output


def test_json_is_one_object_with_request_and_figures() -> None:
    found = json.loads(run("estimate", "llama-3.1-8b", "--context", "2K", "--kv-type", "q8_0", "--json").output)
    assert (found["context"], found["kv_type"]) == (2048, "q8_0")
    assert found["kv_cache_bytes"] == 268_435_456 * 34 // 64


def test_a_config_file_stands_in_for_a_model(tmp_path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(dict(models()["Llama-3.1-8B"].config)))
    found = json.loads(run("estimate", "--config", str(path), "--json").output)
    assert found["weights_bytes"] == 4_912_898_304


def test_fit_tells_the_largest_context_and_the_quantizations_that_fit() -> None:
    found = json.loads(run("estimate", "llama-3.1-8b", "--fit", "8GB", "--json").output)
    by_name = {item["quant"]: item for item in found["fit"]}
    assert by_name["F16"] == {"quant": "F16", "fits": False, "largest_context": 0}
    assert by_name["Q2_K"]["largest_context"] > by_name["Q4_K_M"]["largest_context"] > 8192
    assert "largest context" in run("estimate", "llama-3.1-8b", "--fit", "8GB").output


def test_a_device_to_fit_into_holds_what_its_driver_reports_and_runs_only_its_formats() -> None:
    on_card = json.loads(run("estimate", "llama-3.1-8b", "--fit", "RTX 4090", "--json").output)["fit"]
    same = json.loads(run("estimate", "llama-3.1-8b", "--fit", "24564MiB", "--json").output)["fit"]
    assert on_card == same
    arguments = ("estimate", "qwen3-8b", "--engine", "vllm", "--quant", "BF16", "--json", "--fit")
    on_hopper, on_rdna3 = (
        {item["quant"] for item in json.loads(run(*arguments, slug).output)["fit"]}
        for slug in ("h100-sxm-80gb", "rx-7900-xtx")
    )
    assert on_hopper - on_rdna3 == {"FP8", "FP8 per tensor", "NVFP4"}


def test_lines_are_answered_in_order_and_a_bad_one_sets_the_exit_status() -> None:
    lines = '{"model": "qwen3-8b"}\nnonsense\n{"model": "llama-3.1-8b", "context": 2048}\n'
    result = run("estimate", "--jsonl", stdin=lines)
    answers = [json.loads(line) for line in result.output.splitlines()]
    assert result.exit_code == 1
    assert [answer.get("model") for answer in answers] == ["qwen3-8b", None, "llama-3.1-8b"]
    assert "error" in answers[1]
    assert run("estimate", "--jsonl", stdin='{"model": "qwen3-8b"}\n').exit_code == 0


def test_a_context_beyond_what_the_model_was_made_for_is_estimated_and_said() -> None:
    said = "beyond the 131,072 tokens that the model was made for"
    beyond, whole = (run("estimate", "llama-3.1-8b", "--context", context).output for context in ("256K", "128K"))
    assert said in " ".join(beyond.split())
    assert said not in " ".join(whole.split())


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("estimate",), 2, "give either MODEL or --config"),
        (("estimate", "qwen3-8"), 1, "not in the catalogue; did you mean qwen3-8b or "),
        (("estimate", "qwen3-8b", "--quant", "Q4_KM"), 1, "did you mean 'Q4_K_M'?"),
        (("estimate", "qwen3-8b", "--engine", "vllm", "--quant", "Q4_K_M"), 1, "quant = 'Q4_K_M': not known"),
        (("estimate", "qwen3-8b", "--fit", "lots"), 1, "must be an amount of memory such as 24GB"),
        (("estimate", "qwen3-8b", "--fit", "rtx-4091"), 1, "or a device; did you mean 'rtx-4090'?"),
        (("estimate", "qwen3-8b", "--fit", "gaudi-2"), 1, "must be a device that llama.cpp runs on"),
        (("estimate", "qwen3-8b", "--flash-attention", "off", "--kv-type", "q8_0"), 1, "needs flash attention on"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(arguments: tuple[str, ...], status: int, message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == status
    assert message in result.output


def test_the_data_has_no_problems() -> None:
    result = run("check")
    assert result.exit_code == 0, result.output
    assert "no problems" in result.output
