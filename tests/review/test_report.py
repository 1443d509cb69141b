"""`report` on pasted logs, and what `check` says of report files."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from generator.catalog import load_catalog
from generator.cli import main
from tests.catalog.conftest import DataFolder
from tests.test_check import CONFIG, MODEL, WHOLE_CONFIG

LOG = """\
build: 9849 (799fcc04a) with cc for x86_64
llama_model_load_from_file_impl: using device CUDA0 (NVIDIA GeForce RTX 4090) - 23000 MiB free
print_info: file type   = Q4_K - Medium
load_tensors: offloaded 17/17 layers to GPU
main: loading /home/someone/private.gguf
llama_context: constructing llama_context
llama_context: n_seq_max     = 1
llama_context: n_ctx         = 8192
llama_context: n_ubatch      = 512
llama_context: flash_attn    = enabled
llama_kv_cache:      CUDA0 KV buffer size =   256.00 MiB
llama_kv_cache: size =  256.00 MiB (  8192 cells,  16 layers,  1/1 seqs), K (f16):  128.00 MiB, V (f16):  128.00 MiB
"""
REPORT = "reference/reports/2026-10-tiny-1b-q4-k-m-llama.cpp.yaml"


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.edit(MODEL, CONFIG, WHOLE_CONFIG)
    return folder


def report(data: DataFolder, log: str, *options: str) -> Result:
    arguments = ["--data", str(data.root), "report", "-", "--date", "2026-10", *options]
    return CliRunner().invoke(main, arguments, input=log)


def test_a_log_becomes_a_report_with_ours_beside_it(data: DataFolder) -> None:
    result = report(data, LOG, "--model", "Tiny 1B")
    assert result.exit_code == 0, result.output
    # 16 layers x 2 x 8 heads x 64 values x 2 bytes x 8,192 tokens.
    row = next(line for line in result.output.splitlines() if line.startswith("│ KV cache"))
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "KV cache", "268,435,456", "268,435,456", "equal as printed"
    ]  # fmt: skip
    (kept,) = load_catalog(data.root).reports
    assert (kept.engine_version, kept.model, kept.quant) == ("b9849", "tiny-1b", "Q4_K_M")
    assert (kept.device, kept.source, kept.date) == ("NVIDIA GeForce RTX 4090", "own run", "2026-10")
    assert "private" not in kept.log
    assert data.problems() == []


def test_a_dry_run_writes_nothing_and_a_file_stays_unless_forced(data: DataFolder) -> None:
    path = data.root / REPORT
    assert report(data, LOG, "--model", "tiny-1b", "--dry-run").exit_code == 0
    assert not path.exists()
    assert report(data, LOG, "--model", "tiny-1b").exit_code == 0
    assert "is there already; --force writes over it" in report(data, LOG, "--model", "tiny-1b").output
    assert report(data, LOG, "--model", "tiny-1b", "--force", "--device", "RTX 4090, Linux").exit_code == 0
    assert yaml.safe_load(path.read_text())["device"] == "RTX 4090, Linux"


def test_figures_that_cannot_be_compared_are_shown_as_such(data: DataFolder) -> None:
    log = LOG.replace("n_ctx ", "n_something ") + "sched_reserve:      CUDA0 compute buffer size =   541.07 MiB\n"
    result = report(data, log, "--model", "tiny-1b", "--dry-run")
    assert [line.split("│")[-2].strip() for line in result.output.splitlines() if line.startswith("│")] == [
        "not compared",
        "not compared",
    ]


def test_what_the_log_does_not_tell_is_marked_and_check_refuses_it(data: DataFolder) -> None:
    result = report(data, LOG.replace("using device", "found"), "--model", "tiny-1b")
    assert "device is marked FILL IN" in result.output
    assert data.problems() == [
        f'data/{REPORT}:6: device = "FILL IN: device, driver and operating system": is still to be filled in'
    ]


@pytest.mark.parametrize(
    ("log", "options", "message"),
    [
        ("Dear diary", (), "no memory figure was found in this log; known are the logs of llama.cpp, ollama, vllm"),
        (LOG, (), "the log doesn't say which model it is: give --model"),
        (LOG, ("--model", "tiny-2b"), "unknown model 'tiny-2b'; did you mean tiny-1b?: give --model"),
        (LOG.replace("Q4_K - Medium", "Q9_K"), ("--model", "tiny-1b"), "unknown quantization 'Q9_K'"),
    ],
)
def test_a_log_that_gives_no_report_says_what_to_add(
    data: DataFolder, log: str, options: tuple[str, ...], message: str
) -> None:
    result = report(data, log, *options)
    assert result.exit_code == 1
    assert message in result.output


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'model: "tiny-1b"',
            'model: "tiny-2b"',
            "model = \"tiny-2b\": has no file in models/; did you mean 'tiny-1b'?",
        ),
        ('quant: "Q4_K_M"', 'quant: "Q4_KM"', "quant = \"Q4_KM\": is no quantization; did you mean 'Q4_K_M'?"),
        ('source: "own run"', 'source: "a friend"', 'source = "a friend": must be a URL, or: own run'),
        ("log: |2", "settings: {context: 4096}\nlog: |2", "settings.context = 4096: the log says 8192"),
        ("buffer size", "buffer length", "log: holds no figure that llama.cpp prints about its memory"),
    ],
)
def test_check_tells_what_is_wrong_with_a_report(data: DataFolder, old: str, new: str, message: str) -> None:
    assert report(data, LOG, "--model", "tiny-1b").exit_code == 0
    data.edit(REPORT, old, new)
    if "length" in new:
        data.edit(REPORT, "size =", "length =")
    assert [problem.partition(": ")[2] for problem in data.problems()] == [message]
