"""Configs from the metadata that llama.cpp's converter wrote for the measured models."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from generator.intake.gguf_config import config_from_gguf
from generator.intake.gguf_header import FileTensor, GgufError, GgufHeader
from generator.intake.gguf_readings import READINGS
from generator.memory.architecture import from_config
from tests.reference import LLAMA_CPP_FOLDERS, architecture

MTP = " +MTP"


@cache
def converted() -> dict[str, dict[str, Any]]:
    """Measured models whose metadata was recorded, of the architectures that can be read."""
    entries: dict[str, Any] = {}
    for folder in LLAMA_CPP_FOLDERS:
        entries |= json.loads((folder / "models.json").read_text(encoding="utf-8"))
    return {name: e for name, e in entries.items() if "gguf_kv" in e and e["arch"] in READINGS}


def header(name: str) -> GgufHeader:
    """A header with the recorded metadata and the tensors that the model's published config has."""
    entry = converted()[name]
    unfolded = {k: [v["all"]] * v["n"] if isinstance(v, dict) else v for k, v in entry["gguf_kv"].items()}
    metadata = {f"{entry['arch']}.{key}": value for key, value in unfolded.items()}
    tensors = architecture(name.removesuffix(MTP)).tensors(name.endswith(MTP))
    return GgufHeader(
        Path(f"{name}.gguf"),
        metadata | {"general.architecture": entry["arch"]},
        {},
        tuple(FileTensor(tensor.full_name, tensor.shape, "f16") for tensor in tensors),
    )


@pytest.mark.parametrize("name", sorted(converted()))
def test_metadata_gives_the_layers_of_the_published_config(name: str) -> None:
    expected, found = architecture(name.removesuffix(MTP)), from_config(config_from_gguf(header(name)))
    assert found.layers == expected.layers
    assert (found.gguf, found.vocab_size, found.tied_embeddings) == (
        expected.gguf,
        expected.vocab_size,
        expected.tied_embeddings,
    )
    assert found.extra == expected.extra
    if name.endswith(MTP):
        assert found.mtp_layers == expected.mtp_layers


def test_an_architecture_without_a_reading_is_refused_by_name() -> None:
    with pytest.raises(GgufError, match=r"general\.architecture = 'rwkv7': its metadata can't be read"):
        config_from_gguf(GgufHeader(Path("x.gguf"), {"general.architecture": "rwkv7"}, {}, ()))


def test_a_file_with_other_tensors_than_its_config_is_refused() -> None:
    whole = header("Seed-OSS-36B")
    renamed = tuple(FileTensor(t.name.replace("ffn_up", "ffn_other"), t.shape, t.type) for t in whole.tensors)
    with pytest.raises(GgufError, match=r"128 differ, first blk\.0\.ffn_other\.weight: 5120 x 27648 in the file, not"):
        config_from_gguf(GgufHeader(whole.path, whole.metadata, {}, renamed))


def test_missing_metadata_is_named() -> None:
    whole = header("Seed-OSS-36B")
    metadata = {key: value for key, value in whole.metadata.items() if not key.endswith("embedding_length")}
    with pytest.raises(GgufError, match="the metadata gives no whole config: hidden_size"):
        config_from_gguf(GgufHeader(whole.path, metadata, {}, whole.tensors))
