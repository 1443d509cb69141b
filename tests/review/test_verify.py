"""`verify` on small GGUF files whose types are known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from generator.cli import main
from generator.memory.architecture import from_config
from tests.catalog.conftest import DataFolder
from tests.intake.files import write_gguf
from tests.intake.test_add_model import CONFIG, LOCAL, REPOSITORY, config_file

METADATA = {
    "block_count": 2,
    "context_length": 32768,
    "embedding_length": 256,
    "feed_forward_length": 512,
    "attention.head_count": 4,
    "attention.head_count_kv": 2,
    "attention.key_length": 64,
}
Q8_0_FILE_TYPE = 7


def gguf_file(folder: Path, types: dict[str, str], without: str = "", **general: object) -> Path:
    """A Q8_0 file of the tiny model: matrices Q8_0, norms F32, but for ``types``."""
    tensors = {t.full_name: t.shape for t in from_config(CONFIG).tensors() if t.full_name != without}
    plain = {name: "q8_0" if len(shape) > 1 else "f32" for name, shape in tensors.items()}
    facts = {"general.file_type": Q8_0_FILE_TYPE} | general
    return write_gguf(folder / "tiny.gguf", "qwen3", METADATA, tensors, facts, plain | types)


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


def verify(data: DataFolder, path: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["--data", str(data.root), "verify", str(path), *options])


def test_a_file_as_we_say_passes_and_the_model_is_found_by_its_tensors(data: DataFolder, tmp_path: Path) -> None:
    path = gguf_file(tmp_path, {})
    assert "tensors of a model that the catalogue lacks: 24 of 24 have our type and size" in verify(data, path).output
    arguments = ["--data", str(data.root), "add-model", config_file(tmp_path), *LOCAL, *REPOSITORY]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    result = verify(data, path)
    assert result.exit_code == 0, result.output
    assert "the tensors of tiny-q: 24 of 24 have our type and size; the file holds +0 bytes" in result.output
    # 1,441,792 values of matrices at 34 bytes for 32, 1,536 of norms at 4.
    assert "1,538,048" in result.output


def test_tensors_that_differ_are_told_with_their_blocks_and_bytes(data: DataFolder, tmp_path: Path) -> None:
    other = {f"blk.{block}.ffn_down.weight": "q4_0" for block in (0, 1)}
    path = gguf_file(tmp_path, other)
    result = verify(data, path)
    assert result.exit_code == 1
    # 512 x 256 values in each of two blocks, 16 bytes less for each 32 of them.
    row = next(line for line in result.output.splitlines() if "ffn_down.weight" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "ffn_down.weight",
        "0-1",
        "q8_0",
        "q4_0",
        "-131,072",
    ]
    assert "22 of 24 have our type and size; the file holds -131,072 bytes against ours" in result.output


def test_json_holds_every_tensor_of_either_side(data: DataFolder, tmp_path: Path) -> None:
    arguments = ["--data", str(data.root), "add-model", config_file(tmp_path), *LOCAL, *REPOSITORY]
    CliRunner().invoke(main, arguments)
    result = verify(data, gguf_file(tmp_path, {}, without="blk.1.attn_q_norm.weight"), "--model", "tiny-q", "--json")
    assert result.exit_code == 1
    found = json.loads(result.output)
    assert (found["model"], found["quant"], len(found["tensors"])) == ("tiny-q", "Q8_0", 24)
    assert found["our_bytes"] - found["file_bytes"] == 64 * 4
    missing = [tensor for tensor in found["tensors"] if tensor["file_type"] is None]
    assert missing == [
        {
            "name": "blk.1.attn_q_norm.weight",
            "our_type": "f32",
            "our_bytes": 256,
            "file_type": None,
            "file_bytes": 0,
        }
    ]


def test_another_quantization_can_be_asked_for(data: DataFolder, tmp_path: Path) -> None:
    result = verify(data, gguf_file(tmp_path, {}), "--quant", "F16")
    assert result.exit_code == 1
    assert "tiny.gguf: F16" in result.output


@pytest.mark.parametrize(
    ("options", "general", "message"),
    [
        ((), {"general.file_type": 999}, "general.file_type = 999: names no quantization; give --quant"),
        (("--quant", "Q4_KM"), {}, "quant = 'Q4_KM': not known (did you mean 'Q4_K_M'?)"),
        (("--model", "tiny-2b"), {}, "unknown model 'tiny-2b'; did you mean tiny-1b?"),
    ],
)
def test_what_cannot_be_compared_is_told(
    data: DataFolder, tmp_path: Path, options: tuple[str, ...], general: dict[str, object], message: str
) -> None:
    result = verify(data, gguf_file(tmp_path, {}, **general), *options)
    assert result.exit_code == 1
    assert message in result.output
