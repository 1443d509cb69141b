"""`add-model` against a stand-in for the Hub, config files and GGUF files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from generator.catalog import load_catalog
from generator.cli import main
from generator.intake.published_format import published_format
from generator.memory.architecture import from_config
from tests.catalog.conftest import DataFolder
from tests.intake.files import write_gguf
from tests.intake.hub_server import SHA, Hub, running_hub

CONFIG: dict[str, Any] = {
    "architectures": ["Qwen3ForCausalLM"],
    "model_type": "qwen3",
    "head_dim": 64,
    "hidden_size": 256,
    "intermediate_size": 512,
    "max_position_embeddings": 32768,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-06,
    "sliding_window": None,
    "tie_word_embeddings": True,
    "vocab_size": 1024,
}
PARAMETERS = 1_443_328
"""Counted by hand: 1024 x 256 + 256 + 2 x (2 x 256 x 256 + 2 x 256 x 128 + 3 x 256 x 512 + 2 x 256 + 2 x 64)."""
LOCAL = ("--name", "Tiny Q", "--family", "tiny", "--organization", "Tiny Labs", "--release", "2026-03")
REPOSITORY = ("--repository", "tiny-labs/Tiny-Q", "--license", "mit", "--facts-from", "config.json of Tiny Labs")


@pytest.fixture(scope="module")
def server() -> Iterator[Hub]:
    with running_hub() as hub:
        yield hub


@pytest.fixture
def hub(server: Hub) -> Hub:
    server.answers.clear()
    server.asked.clear()
    server.delay_s = 0.0
    return server


def add(data: DataFolder, *arguments: str, hub: Hub | None = None, **env: str) -> Result:
    environment = {"HF_ENDPOINT": hub.url if hub else "http://127.0.0.1:9", "HF_TOKEN": None} | env
    return CliRunner().invoke(main, ["--data", str(data.root), "add-model", *arguments], env=environment)


def files(data: DataFolder) -> set[str]:
    return {path.name for path in (data.root / "models").iterdir()}


def config_file(folder: Path, config: object = CONFIG) -> str:
    path = folder / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return str(path)


def test_a_model_of_the_hub_becomes_a_file_with_config_facts_and_sources(data: DataFolder, hub: Hub) -> None:
    card = {"license": "other", "license_name": "tiny-licence", "license_link": "https://tiny.example/licence"}
    count = {"parameters": {"BF16": PARAMETERS}, "total": PARAMETERS}
    hub.publish("tiny-labs/Tiny-Q", CONFIG, createdAt="2026-03-04T05:06:07.000Z", cardData=card, safetensors=count)
    result = add(data, "tiny-labs/Tiny-Q", "--family", "tiny", hub=hub, HF_TOKEN="hf_secret")
    assert result.exit_code == 0, result.output
    assert "1.44M parameters, full attention, dense" in result.output
    assert "hf_secret" not in result.output
    model = load_catalog(data.root).model("tiny-q")
    assert (model.name, model.organization, model.release) == ("Tiny Q", "Tiny Labs", "2026-03")
    assert (model.license, model.license_url) == ("tiny-licence", "https://tiny.example/licence")
    assert (model.context_max, model.modality, model.parameters_published) == (32768, "text", PARAMETERS)
    assert dict(model.config) == CONFIG
    assert list(model.config) == list(CONFIG)
    assert all(SHA in source for source in model.sources)
    assert from_config(model.config).parameters() == PARAMETERS
    assert ("/api/models/tiny-labs/Tiny-Q", "Bearer hf_secret") in hub.asked


def test_the_text_asks_about_a_card_that_the_model_may_fit(data: DataFolder, tmp_path: Path) -> None:
    add(data, config_file(tmp_path), *LOCAL, *REPOSITORY)
    large = CONFIG | {"hidden_size": 8192, "intermediate_size": 32768, "num_hidden_layers": 80}
    add(data, config_file(tmp_path, large), *LOCAL, *REPOSITORY, "--slug", "large-q", "--name", "Large Q")
    small, big = ((data.root / f"models/{slug}.md").read_text() for slug in ("tiny-q", "large-q"))
    assert "### Does Tiny Q fit an 8 GB card?" in small
    assert "### Does Large Q fit a 48 GB card?" in big
    assert "All 2 layers keep the whole context in 2 key-value heads of 64 values." in small


def test_fields_stand_in_the_order_of_the_files_that_are_there(data: DataFolder, tmp_path: Path) -> None:
    add(data, config_file(tmp_path), *LOCAL, *REPOSITORY)
    keys = [line.split(":")[0] for line in (data.root / "models/tiny-q.md").read_text().split("---")[1].splitlines()]
    top = [key for key in keys if key and not key.startswith(" ")]
    named = ["name", "family", "organization", "license", "release", "hf_repo"]
    assert top == [*named, "modality", "context_max", "sources", "config"]


def test_what_nobody_says_is_marked_and_check_refuses_it(data: DataFolder, tmp_path: Path) -> None:
    result = add(data, config_file(tmp_path), "--name", "Tiny Q", "--family", "tiny")
    assert result.exit_code == 0, result.output
    assert "fill in release" in result.output
    assert data.problems() == [
        'data/models/tiny-q.md:4: organization = "FILL IN: who publishes the model (--organization)": is still to be '
        "filled in",
        'data/models/tiny-q.md:6: release = "FILL IN: month of the release, YYYY-MM (--release)": is still to be '
        "filled in",
        'data/models/tiny-q.md:7: hf_repo = "FILL IN: the Hugging Face repository, owner/name (--repository)": is '
        "still to be filled in",
        'data/models/tiny-q.md:11: sources[0] = "FILL IN: where config and facts were read (--facts-from)": is still '
        "to be filled in",
    ]


def test_a_model_of_a_known_shape_names_it_and_says_what_differs(data: DataFolder, tmp_path: Path) -> None:
    add(data, config_file(tmp_path), *LOCAL, *REPOSITORY)
    longer = CONFIG | {"max_position_embeddings": 65536}
    result = add(data, config_file(tmp_path, longer), *LOCAL, *REPOSITORY[2:], "--slug", "tiny-q-long",
                 "--repository", "tiny-labs/Long", "--name", "Tiny Q Long")  # fmt: skip
    assert "It has the shape of tiny-q" in result.output
    model = load_catalog(data.root).model("tiny-q-long")
    assert (model.shape_of, model.context_max) == ("tiny-q", 65536)
    assert model.config_overrides == {"max_position_embeddings": 65536}
    assert dict(model.config) == longer


def test_a_quantized_checkpoint_is_one_of_the_maker_s_formats(data: DataFolder, hub: Hub) -> None:
    scheme = (
        "{slug: fp8, name: FP8, engines: [llama.cpp], kind: type, default_type: Q4_K, summary: Eight., sources: [x]}"
    )
    data.write("quantization/types.yaml", (data.root / "quantization/types.yaml").read_text() + f"  - {scheme}\n")
    stored = {"quant_method": "fp8", "weight_block_size": [128, 128]}
    hub.publish("tiny-labs/Tiny-Q", CONFIG | {"quantization_config": stored}, createdAt="2026-03-04T05:06:07.000Z")
    assert add(data, "tiny-labs/Tiny-Q", "--family", "tiny", hub=hub).exit_code == 0
    (published,) = load_catalog(data.root).model("tiny-q").published_formats
    assert (published.quantization, published.repo) == ("fp8", "tiny-labs/Tiny-Q")
    assert published.source == f"Hugging Face: config.json of tiny-labs/Tiny-Q@{SHA}, its quantization_config"
    hub.publish("tiny-labs/Plain-Q", CONFIG, createdAt="2026-03-04T05:06:07.000Z")
    assert add(data, "tiny-labs/Plain-Q", "--family", "tiny", hub=hub).exit_code == 0
    plain = load_catalog(data.root).model("plain-q")
    assert (plain.shape_of, plain.config["quantization_config"]) == ("tiny-q", None)


@pytest.mark.parametrize(
    ("stored", "scheme"),
    [
        ({"quant_method": "fp8"}, "fp8-per-tensor"),
        ({"quant_method": "mxfp4", "modules_to_not_convert": ["lm_head"]}, "mxfp4"),
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, "awq-int4"),
        ({"quant_method": "gptq", "bits": 4, "group_size": 128}, "gptq-int4"),
        ({"quant_method": "gptq", "bits": 8, "group_size": 128}, None),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4"),
        ({"quant_method": "compressed-tensors", "format": "pack-quantized"}, None),
    ],
)
def test_only_schemes_that_are_described_have_a_name(stored: dict[str, Any], scheme: str | None) -> None:
    assert published_format({"quantization_config": stored}) == scheme


def test_a_gguf_file_gives_config_name_and_licence(data: DataFolder, tmp_path: Path) -> None:
    metadata = {
        "block_count": 2, "context_length": 32768, "embedding_length": 256, "feed_forward_length": 512,
        "attention.head_count": 4, "attention.head_count_kv": 2, "attention.key_length": 64,
    }  # fmt: skip
    tensors = {tensor.full_name: tensor.shape for tensor in from_config(CONFIG).tensors()}
    facts = {"general.name": "Tiny Q", "general.license": "mit"}
    path = write_gguf(tmp_path / "tiny.gguf", "qwen3", metadata, tensors, facts)
    result = add(data, str(path), *LOCAL[2:], "--repository", "tiny-labs/Tiny-Q")
    assert result.exit_code == 0, result.output
    model = load_catalog(data.root).model("tiny-q")
    assert (model.name, model.license) == ("Tiny Q", "mit")
    assert model.sources == ("metadata of tiny.gguf (qwen3, 24 tensors)",)
    assert from_config(model.config).layers == from_config(CONFIG).layers


@pytest.mark.parametrize(
    ("status", "headers", "message"),
    [
        (
            403,
            {"X-Error-Code": "GatedRepo"},
            "is gated: accept its licence at {url}/tiny-labs/Tiny-Q, then set HF_TOKEN",
        ),
        (401, {"X-Error-Code": "RepoNotFound"}, "doesn't exist at {url}, or is private: check the spelling"),
        (404, {"X-Error-Code": "RepoNotFound"}, "doesn't exist at {url}, or is private"),
        (403, {}, "refuses the token (status 403): set HF_TOKEN"),
        (429, {"Retry-After": "120"}, "asks to wait 120 s (rate limit): try again later, or set HF_TOKEN"),
        (503, {}, "answered with status 503: try again later"),
    ],
)
def test_a_refusal_says_what_to_do(
    data: DataFolder, hub: Hub, status: int, headers: dict[str, str], message: str
) -> None:
    hub.page("tiny-labs/Tiny-Q", status, headers)
    result = add(data, "tiny-labs/Tiny-Q", hub=hub)
    assert result.exit_code == 1
    assert message.format(url=hub.url) in result.output
    assert files(data) == {"tiny-1b.md"}


def test_a_hub_that_is_too_slow_or_not_there_is_told(data: DataFolder, hub: Hub) -> None:
    hub.publish("tiny-labs/Tiny-Q", CONFIG)
    hub.delay_s = 0.3
    assert "gave no answer in time" in add(data, "tiny-labs/Tiny-Q", "--timeout", "0.05", hub=hub).output
    assert "can't be reached" in add(data, "tiny-labs/Tiny-Q").output


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (b"<html>", "answered with something that is not JSON"),
        ([1], "must hold a JSON object"),
        ({"hidden_size": 1}, "model_type is required"),
        (CONFIG | {"model_type": "qwen9"}, "model_type = 'qwen9': not known (did you mean 'qwen"),
        (CONFIG | {"hidden_size": -1}, "hidden_size = -1: must be an integer"),
    ],
)
def test_a_config_that_gives_no_model_is_refused(data: DataFolder, hub: Hub, config: object, message: str) -> None:
    hub.publish("tiny-labs/Tiny-Q", config)
    result = add(data, "tiny-labs/Tiny-Q", hub=hub)
    assert result.exit_code == 1
    assert message in result.output
    assert files(data) == {"tiny-1b.md"}


def test_a_repository_without_a_config_is_told(data: DataFolder, hub: Hub) -> None:
    hub.publish("tiny-labs/Tiny-Q", CONFIG)
    hub.answers[f"/tiny-labs/Tiny-Q/resolve/{SHA}/config.json"] = (404, {"X-Error-Code": "EntryNotFound"}, b"")
    assert "has no config.json: give a config.json or a GGUF file" in add(data, "tiny-labs/Tiny-Q", hub=hub).output


def test_html_in_a_name_is_refused_and_nothing_is_written(data: DataFolder, tmp_path: Path) -> None:
    result = add(data, config_file(tmp_path), "--name", "Tiny <b>Q</b>")
    assert result.exit_code == 1
    assert 'name = "Tiny <b>Q</b>": must be plain text without HTML' in result.output
    assert files(data) == {"tiny-1b.md"}


def test_a_file_that_is_there_stays_unless_forced(data: DataFolder, tmp_path: Path) -> None:
    before = (data.root / "models/tiny-1b.md").read_text()
    arguments = (config_file(tmp_path), *LOCAL, *REPOSITORY, "--slug", "tiny-1b")
    assert "is there already; --force writes over it" in add(data, *arguments).output
    assert (data.root / "models/tiny-1b.md").read_text() == before
    assert add(data, *arguments, "--force").exit_code == 0
    assert (data.root / "models/tiny-1b.md").read_text() != before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no-such-file.json",), "can't be read"),
        (("no-such-file.gguf",), "can't be read"),
        (("not a repository",), "is no repository name; write OWNER/NAME"),
    ],
)
def test_a_source_that_is_none_is_told(data: DataFolder, arguments: tuple[str, ...], message: str) -> None:
    result = add(data, *arguments)
    assert result.exit_code == 1
    assert message in result.output


def test_a_name_and_a_free_address_are_asked_for(data: DataFolder, tmp_path: Path) -> None:
    assert "give --name" in add(data, config_file(tmp_path)).output
    assert "gpus is reserved" in add(data, config_file(tmp_path), "--name", "X", "--slug", "gpus").output
