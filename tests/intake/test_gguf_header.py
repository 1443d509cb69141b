"""Headers of GGUF files that the gguf package wrote, and of files that are none."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy
import pytest

from generator.intake.gguf_header import FILE_TYPES, TENSOR_TYPES, GgufError, read_header
from tests.intake.files import write_gguf


def test_metadata_and_tensors_are_those_that_were_written(tmp_path: Path) -> None:
    header = read_header(
        write_gguf(tmp_path / "tiny.gguf", "qwen3", {"block_count": 2}, {"blk.0.attn_k.weight": (64, 32)})
    )
    assert header.architecture == "qwen3"
    assert header.value("block_count") == 2
    assert header.quant == "Q4_K_M"
    assert [(tensor.name, tensor.shape, tensor.type) for tensor in header.tensors] == [
        ("blk.0.attn_k.weight", (64, 32), "f16")
    ]
    assert header.tensors[0].size == 64 * 32 * 2


def test_long_lists_are_passed_over_and_short_ones_kept(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "tiny.gguf", "llama")
    writer.add_array("tokenizer.ggml.tokens", [f"token {index}" for index in range(70_000)])
    writer.add_array("tokenizer.ggml.scores", [0.5] * 70_000)
    writer.add_array("llama.attention.head_count_kv", [8, 0, 8])
    writer.add_bool("tokenizer.ggml.add_bos_token", True)
    writer.add_tensor("token_embd.weight", numpy.zeros((4, 32), dtype=numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    header = read_header(tmp_path / "tiny.gguf")
    assert header.lengths["tokenizer.ggml.tokens"] == header.lengths["tokenizer.ggml.scores"] == 70_000
    assert header.metadata["tokenizer.ggml.tokens"] is None
    assert header.value("attention.head_count_kv") == [8, 0, 8]
    assert header.metadata["tokenizer.ggml.add_bos_token"] is True
    assert header.tensors[0].shape == (32, 4)


def test_type_numbers_are_those_of_ggml() -> None:
    assert {kind.value: kind.name.lower() for kind in gguf.GGMLQuantizationType}.items() <= TENSOR_TYPES.items()
    names = {kind.value: kind.name.removeprefix("MOSTLY_").removeprefix("ALL_") for kind in gguf.LlamaFileType}
    assert FILE_TYPES.items() <= names.items()


def test_parts_of_a_split_model_are_read_together(tmp_path: Path) -> None:
    for number, name in ((1, "output.weight"), (2, "token_embd.weight")):
        path = tmp_path / f"big-0000{number}-of-00002.gguf"
        write_gguf(path, "llama", {}, {name: (32, 4)}, {"split.count": 2})
    header = read_header(tmp_path / "big-00001-of-00002.gguf")
    assert [tensor.name for tensor in header.tensors] == ["output.weight", "token_embd.weight"]
    (tmp_path / "big-00002-of-00002.gguf").unlink()
    with pytest.raises(GgufError, match=r"big-00002-of-00002\.gguf: can't be read"):
        read_header(tmp_path / "big-00001-of-00002.gguf")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>", "is no GGUF file"),
        (b"GGUF\x09\0\0\0", "GGUF version 9"),
        (b"GGUF\x03\0\0\0", "ends within its header"),
        (b"GGUF\x03\0\0\0" + b"\0" * 8 + b"\x01" + b"\0" * 7 + b"\xff" * 8, "the header is damaged"),
    ],
)
def test_what_is_no_whole_header_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(content)
    with pytest.raises(GgufError, match=message):
        read_header(path)
