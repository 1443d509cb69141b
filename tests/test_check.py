"""`check` on data with faults of every kind at once, and each rule that needs the core or several files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from generator.catalog import gather, write_schemas
from generator.cli import main
from generator.soundness import Soundness
from tests.catalog.conftest import VARIANT, DataFolder

MODEL = "models/tiny-1b.md"
CARDS = "hardware/cards.yaml"
ENGINES = "engines/engines.yaml"
TYPES = "quantization/types.yaml"
CONFIG = """\
  model_type: llama
  hidden_size: 2048
  num_hidden_layers: 16
"""
WHOLE_CONFIG = """\
  model_type: llama
  hidden_size: 2048
  intermediate_size: 8192
  num_attention_heads: 32
  num_hidden_layers: 16
  num_key_value_heads: 8
  max_position_embeddings: 8192
  tie_word_embeddings: true
  vocab_size: 128256
"""
PARAMETERS = 1_235_814_400
"""Llama 3.2 1B's count without its rope buffer, as its model card gives it (1.23B) to the last digit on the Hub."""


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.edit(MODEL, CONFIG, WHOLE_CONFIG)
    write_schemas(folder.root / "schema")
    return folder


def check(data: DataFolder, *options: str) -> Result:
    return CliRunner().invoke(main, ["--data", str(data.root), "check", *options])


def test_sound_data_passes(data: DataFolder) -> None:
    result = check(data)
    assert result.exit_code == 0, result.output
    assert result.output == "1 models, 1 devices, 1 quantizations: no problems\n"


def test_what_was_found_sound_is_judged_again_where_it_changed(data: DataFolder) -> None:
    soundness = Soundness()
    assert soundness.problems(gather(data.root)) == []
    data.edit(MODEL, "num_key_value_heads: 8", "num_key_value_heads: 7")
    (problem,) = soundness.problems(gather(data.root))
    assert problem.field == "config.num_key_value_heads"
    assert soundness.problems(gather(data.root)) == [problem]
    data.edit(MODEL, "num_key_value_heads: 7", "num_key_value_heads: 8")
    assert soundness.problems(gather(data.root)) == []


def test_a_quantization_that_a_model_had_is_missed_once_the_model_has_it_no_more(data: DataFolder) -> None:
    soundness = Soundness()
    assert soundness.problems(gather(data.root)) == []
    data.edit(TYPES, "engines: [llama.cpp]", "engines: [llama.cpp]\n    requires_moe: true")
    assert [problem.field for problem in soundness.problems(gather(data.root))] == [
        "config.model_type",
        "quantizations[0].slug",
    ]


def test_all_faults_of_all_files_are_told_in_one_run(data: DataFolder) -> None:
    data.edit(MODEL, "context_max: 8192", "context_max: 8K")
    data.edit(CARDS, "memory_mib_reported: 24564", "memory_mib_reported: none")
    data.edit("site.yaml", "default_context: 8k", "default_context: 7k")
    other = (data.root / MODEL).read_text().replace("8K\n", "8192\n").replace("value_heads: 8", "value_heads: 7")
    data.write("models/other-1b.md", other.replace("Tiny", "Other").replace("tiny-labs", "other-labs"))
    (data.root / "schema/faq.schema.json").unlink()
    result = check(data)
    assert result.exit_code == 1
    told = [line.strip() for line in result.output.splitlines()[1:]]
    assert [line.split(": ")[0] for line in told] == [
        "data/hardware/cards.yaml:8",
        "data/models/other-1b.md:18",
        "data/models/tiny-1b.md:9",
        "data/schema/faq.schema.json",
        "data/site.yaml:6",
    ]
    assert result.output.startswith("Error: 5 problems in the data:\n")


def test_json_gives_place_field_value_and_message(data: DataFolder) -> None:
    data.edit(MODEL, "context_max: 8192", "context_max: 8K")
    result = check(data, "--json")
    assert result.exit_code == 1
    assert json.loads(result.output)["problems"] == [
        {
            "file": "data/models/tiny-1b.md",
            "line": 9,
            "field": "context_max",
            "value": "8K",
            "message": "must be an integer",
        }
    ]
    data.edit(MODEL, "context_max: 8K", "context_max: 8192")
    assert check(data, "--json").exit_code == 0


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            MODEL,
            "num_key_value_heads: 8",
            "num_key_value_heads: 7",
            "data/models/tiny-1b.md:18: config.num_key_value_heads = 7: must divide num_attention_heads = 32",
        ),
        (
            MODEL,
            "model_type: llama",
            "model_type: lama",
            "data/models/tiny-1b.md:13: config.model_type = \"lama\": not known (did you mean 'llama'?)\n",
        ),
        (
            MODEL,
            "modality: text",
            "modality: text\nparameters_published: 1000000000",
            f"data/models/tiny-1b.md:9: parameters_published = 1000000000: the config describes {PARAMETERS}; say in "
            "parameters_published_includes what the count holds besides",
        ),
        (
            MODEL,
            "modality: text",
            "modality: text\nparameters_published: 1000000000\nparameters_published_includes: a vision tower",
            f"data/models/tiny-1b.md:9: parameters_published = 1000000000: must lie between the {PARAMETERS} that the "
            "config describes and 30% more",
        ),
        (
            MODEL,
            "modality: text",
            "modality: text\nparameters_counted: 7",
            f"data/models/tiny-1b.md:9: parameters_counted = 7: the config describes {PARAMETERS} parameters",
        ),
        (
            MODEL,
            "at 8K.",
            "at 8K, 15.5 tokens per second and 3 GiB in all.",
            "data/models/tiny-1b.md:24: '15.5 tokens per second' is a bare figure; call for it, e.g. "
            '{{ total("Q4_K_M", "32K") }}',
        ),
        (
            MODEL,
            "at 8K.",
            "at 8K, unlike [its sister](/tiny-1c/).",
            "data/models/tiny-1b.md:24: the link to /tiny-1c/ leads to no page; did you mean 'tiny-1b'?",
        ),
        (
            "families/tiny.md",
            "Small models.",
            "Small models, see [others](/families/tinny/).",
            "data/families/tiny.md:6: the link to /families/tinny/ leads to no page; did you mean 'tiny'?",
        ),
        (
            CARDS,
            "memory_source: driver output",
            "memory_source: nvidia-smi total '24563MiB' in a log",
            "data/hardware/cards.yaml:8: devices[0].memory_mib_reported = 24564: must be what its source says: 24563",
        ),
        (
            CARDS,
            "memory_source: driver output",
            "memory_source: marketed size",
            'data/hardware/cards.yaml:10: devices[0].memory_source = "marketed size": is no driver\'s report: quote '
            "what a driver printed, or say memory_basis: derived",
        ),
        (
            "quantization/types.yaml",
            "    kind: mix",
            "    requires_moe: true\n    kind: mix",
            'data/quantization/types.yaml:12: quantizations[0].slug = "q4_k_m": can\'t be reached: no model of the '
            "catalogue has it with the engines it names",
        ),
    ],
)
def test_each_rule_names_place_value_and_what_is_allowed(
    data: DataFolder, file: str, old: str, new: str, message: str
) -> None:
    data.edit(file, old, new)
    assert message in check(data).output


@pytest.mark.parametrize("harmless", ["a 24 GB card", "on 8 GB GPUs", "32K tokens", "[models](/models/)"])
def test_names_of_devices_contexts_and_links_to_the_site_itself_pass(data: DataFolder, harmless: str) -> None:
    data.edit(MODEL, "at 8K.", f"at 8K, {harmless}.")
    assert check(data).exit_code == 0


def test_a_fault_in_a_shape_is_told_once_and_not_for_its_variants(data: DataFolder) -> None:
    data.edit(MODEL, "num_key_value_heads: 8", "num_key_value_heads: 7")
    data.write("models/tiny-1b-chat.md", VARIANT)
    assert check(data).output.count("num_key_value_heads") == 1
    overridden = VARIANT.replace("sources:\n", "config_overrides: {num_key_value_heads: 5}\nsources:\n")
    data.write("models/tiny-1b-chat.md", overridden)
    assert "data/models/tiny-1b-chat.md:8: config.num_key_value_heads = 5: must divide" in check(data).output


def test_a_family_without_models_is_told(data: DataFolder) -> None:
    data.write("families/huge.md", "---\nname: Huge\norganization: Tiny Labs\n---\n\nLarge models.\n")
    assert "data/families/huge.md: has no model: its page would list nothing" in check(data).output


def test_prose_about_a_quantization_that_no_engine_runs_the_model_at_is_told(data: DataFolder) -> None:
    engine = (data.root / ENGINES).read_text().replace("engines:\n", "").replace("llama.cpp", "transformers")
    data.write(ENGINES, (data.root / ENGINES).read_text() + engine)
    plain = "slug: bf16, name: BF16, engines: [transformers], kind: type, default_type: Q4_K, summary: W, sources: [c]"
    data.write(TYPES, f"{(data.root / TYPES).read_text()}  - {{{plain}}}\n")
    # Falcon Mamba's shape, but an inner width that isn't twice the outer one, which is all that llama.cpp has.
    config = (
        "  model_type: falcon_mamba\n  hidden_size: 2048\n  intermediate_size: 4352\n  num_hidden_layers: 16\n"
        "  vocab_size: 65024\n  state_size: 16\n  conv_kernel: 4\n  time_step_rank: 128\n"
    )
    other = (data.root / MODEL).read_text().replace(WHOLE_CONFIG, config)
    data.write("models/other-1b.md", other.replace("Tiny", "Other").replace("tiny-labs", "other-labs"))
    fits = '{{ fits("Q4_K_M", "8K", "24GB") }}'
    result = check(data)
    assert f"data/models/other-1b.md:29: {fits}: no engine runs other-1b at Q4_K_M" in result.output
    assert f"models/tiny-1b.md:30: {fits}" not in result.output


GLOSSARY = """\
terms:
  - slug: cache
    term: Cache
    text: What is kept.
    see: [/tiny-1b/, /quantization/q4_k_m/, "/methodology/#caches"]
"""
QUALITY = """\
measurements:
  - model: tiny-1b
    text: a book
    source: a log
    rows:
      - {quantization: q4_k_m, imatrix: true, perplexity: 7.5, perplexity_error: 0.1, kl_divergence: 0.01}
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "[/tiny-1b/,",
            "[/tiny-1c/,",
            'data/glossary.yaml:5: terms[0].see[0] = "/tiny-1c/": is no page that a term can lead to; '
            "did you mean '/tiny-1b/'?",
        ),
        (
            "/quantization/q4_k_m/",
            "/compare/q4_k_m-vs-q8_0/",
            'data/glossary.yaml:5: terms[0].see[1] = "/compare/q4_k_m-vs-q8_0/": is no page that a term can lead to',
        ),
        (
            "model: tiny-1b",
            "model: tiny-1c",
            "data/quality.yaml:2: measurements[0].model = \"tiny-1c\": is no model; did you mean 'tiny-1b'?",
        ),
    ],
)
def test_terms_lead_to_pages_and_measurements_name_models(data: DataFolder, old: str, new: str, message: str) -> None:
    data.write("glossary.yaml", GLOSSARY)
    data.write("quality.yaml", QUALITY)
    assert check(data).exit_code == 0
    data.write("glossary.yaml", GLOSSARY.replace(old, new))
    data.write("quality.yaml", QUALITY.replace(old, new))
    assert message in check(data).output


def test_schemas_are_written_where_check_looks_for_them(data: DataFolder) -> None:
    data.write("schema/site.schema.json", "{}\n")
    assert "data/schema/site.schema.json: isn't what the code says; write it with" in check(data).output
    assert CliRunner().invoke(main, ["--data", str(data.root), "schemas"]).exit_code == 0
    assert check(data).exit_code == 0
