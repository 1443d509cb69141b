"""Requests as scripts send them: defaults, figures, and messages for what can't be answered."""

from __future__ import annotations

import json

import pytest

from generator.accuracy.bands import Bands
from generator.catalog import load_catalog
from generator.memory.errors import MemoryModelError
from generator.requests import Service
from tests.reference import DATA, models

FIGURES = {
    "weights_bytes",
    "weights_device_bytes",
    "weights_host_bytes",
    "kv_cache_bytes",
    "recurrent_state_bytes",
    "compute_bytes",
    "compute_host_bytes",
    "output_bytes",
    "runtime_bytes",
    "total_bytes",
    "total_low_bytes",
    "total_high_bytes",
    "host_bytes",
    "parameters",
    "parameters_active",
}


@pytest.fixture(scope="module")
def service() -> Service:
    return Service(load_catalog(DATA), Bands.load(DATA / "accuracy.json"))


def config(name: str) -> dict:
    return dict(models()[name].config)


def test_absent_fields_take_their_defaults_and_come_back_with_the_figures(service: Service) -> None:
    result = service.answer({"model": "llama-3.1-8b"}).as_dict()
    assert result.keys() >= FIGURES
    asked = {name: result[name] for name in ("model", "quant", "context", "batch", "kv_type", "engine", "ubatch")}
    assert asked == {
        "model": "llama-3.1-8b",
        "quant": "Q4_K_M",
        "context": 32768,
        "batch": 1,
        "kv_type": "f16",
        "engine": "llama.cpp",
        "ubatch": 512,
    }
    assert result["weights_bytes"] == 4_912_898_304
    assert result["kv_cache_bytes"] == 4_294_967_296


def test_a_config_that_no_data_file_names_is_estimated_alike(service: Service) -> None:
    by_config = service.answer({"config": config("Llama-3.1-8B"), "context": 2048}).estimate
    by_name = service.answer({"model": "meta-llama/Llama-3.1-8B-Instruct", "context": 2048}).estimate
    assert by_config == by_name


def test_engines_without_gguf_start_from_sixteen_bits(service: Service) -> None:
    answer = service.answer({"model": "llama-3.1-8b", "engine": "transformers"})
    assert answer.request["quant"] == "BF16"
    assert answer.estimate.weights_bytes == 16_060_522_496


def test_a_batch_of_four_takes_four_caches(service: Service) -> None:
    one, four = (service.answer({"model": "llama-3.1-8b", "batch": n}).estimate for n in (1, 4))
    assert four.kv_cache_bytes == 4 * one.kv_cache_bytes
    assert four.output_bytes == 4 * one.output_bytes


@pytest.mark.parametrize(
    ("slots", "unified", "measured"), [(1, False, 3_338_665_984), (4, True, 4_647_288_832), (4, False, 5_301_600_256)]
)
def test_slots_share_the_context_that_is_given_for_all(
    service: Service, slots: int, unified: bool, measured: int
) -> None:
    request = {"config": config("Gemma-3-27B"), "context": 32768, "n_seq_max": slots, "kv_unified": unified}
    assert service.answer(request).estimate.kv_cache_bytes == measured


@pytest.mark.parametrize(
    ("request_fields", "message"),
    [
        ({"model": "llama-3.1-8"}, "model = 'llama-3.1-8': not in the catalogue; did you mean"),
        ({}, "give either model or config"),
        ({"model": "llama-3.1-8b", "config": {}}, "give either model or config"),
        ({"model": "llama-3.1-8b", "contxt": 5}, "contxt = 5: not a field of a request; did you mean 'context'?"),
        ({"model": "llama-3.1-8b", "context": "many"}, "context = 'many': must be a number of tokens"),
        ({"model": "llama-3.1-8b", "context": 0}, "context = 0: must be"),
        ({"model": "llama-3.1-8b", "context": True}, "context = True: must be"),
        ({"model": "llama-3.1-8b", "batch": 0}, "batch = 0: must be an integer from 1"),
        ({"model": "llama-3.1-8b", "ubatch": "x"}, "ubatch = 'x': must be an integer from 1"),
        ({"model": "llama-3.1-8b", "quant": "Q4_KM"}, "quant = 'Q4_KM': not known (did you mean 'Q4_K_M'?)"),
        ({"model": "llama-3.1-8b", "quant": 4}, "quant = 4: must be a string"),
        ({"model": "llama-3.1-8b", "engine": "llamacpp"}, "engine = 'llamacpp': not known (did you mean 'llama.cpp'?)"),
        ({"model": "llama-3.1-8b", "kv_type": "q7_0"}, "kv_type = 'q7_0': not known"),
        (
            {"model": "llama-3.1-8b", "kv_type": "q8_0", "flash_attention": False},
            "kv_type = 'q8_0': a quantized V cache needs flash attention on",
        ),
        ({"model": "llama-3.1-8b", "flash_attention": "on"}, "flash_attention = 'on': must be true or false"),
        ({"config": {"model_type": "llamma"}}, "model_type = 'llamma': not known (did you mean 'llama'?)"),
        ({"config": {}}, "model_type = None: required"),
        ({"config": 5}, "config = 5: must be an object"),
        ([], "must be an object"),
    ],
)
def test_what_cannot_be_answered_names_field_value_and_what_is_allowed(
    service: Service, request_fields: object, message: str
) -> None:
    with pytest.raises(MemoryModelError) as raised:
        service.answer(request_fields)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("hidden_size", -1, "must be an integer from 1"),
        ("hidden_size", "4096", "must be an integer"),
        ("num_hidden_layers", 10**6, "must be at most 1000"),
        ("num_key_value_heads", 7, "must divide num_attention_heads = 32"),
        ("num_attention_heads", None, "required: an integer of at least 1"),
        ("vocab_size", 2.5, "must be an integer"),
        ("tie_word_embeddings", "yes", "must be true or false"),
    ],
)
def test_an_impossible_config_field_is_named(service: Service, field: str, value: object, allowed: str) -> None:
    with pytest.raises(MemoryModelError) as raised:
        service.answer({"config": config("Llama-3.1-8B") | {field: value}})
    assert raised.value.field == field
    assert allowed in str(raised.value)


def test_a_bad_line_is_answered_with_its_error_and_the_run_goes_on(service: Service) -> None:
    lines = [
        '{"model": "llama-3.1-8b"}',
        "{broken",
        '{"model": "no-such"}',
        "",
        '{"model": "qwen3-8b", "context": "8K"}',
    ]
    results = list(service.answer_lines(lines))
    assert ["error" in result for result in results] == [False, True, True, False]
    assert results[1]["error"].startswith("not JSON")
    assert results[3]["context"] == 8192
    json.dumps(results)
