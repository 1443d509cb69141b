"""What the loader says about each kind of fault, to the letter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.catalog import CatalogError, load_catalog
from generator.cli import main

Edited = Callable[[str, str, str], list[str]]
MODEL = "models/tiny-1b.md"
CARDS = "hardware/cards.yaml"
GROUPS = "hardware/groups.yaml"
CLOUD = "cloud/cloud.yaml"
TYPES = "quantization/types.yaml"


def test_sound_data_has_no_problems(data):
    assert data.problems() == []


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        # Fields and types.
        (
            MODEL,
            "modality: text",
            "modality: text\nmtp_in_guff: true",
            "data/models/tiny-1b.md:9: mtp_in_guff = true: unknown field; did you mean 'mtp_in_gguf'?",
        ),
        (
            MODEL,
            "  hidden_size: 2048",
            "  hidden_size: -3",
            "data/models/tiny-1b.md:14: config.hidden_size = -3: must be a positive integer",
        ),
        (
            MODEL,
            "  hidden_size: 2048",
            "  hidden_size: 2048.0",
            "data/models/tiny-1b.md:14: config.hidden_size = 2048.0: must be a positive integer",
        ),
        (
            MODEL,
            "  hidden_size: 2048",
            "  num_key_value_heads: [4, -1]",
            "data/models/tiny-1b.md:14: config.num_key_value_heads[1] = -1: must be a positive integer",
        ),
        (
            MODEL,
            "  model_type: llama\n",
            "",
            "data/models/tiny-1b.md:12: config.model_type: is required and must be text",
        ),
        (
            MODEL,
            "context_max: 8192",
            "context_max: 8K",
            'data/models/tiny-1b.md:9: context_max = "8K": must be an integer',
        ),
        (
            MODEL,
            "context_max: 8192",
            "context_max: 0",
            "data/models/tiny-1b.md:9: context_max = 0: must be a positive integer",
        ),
        (
            MODEL,
            "context_max: 8192",
            "context_max: 99999999",
            "data/models/tiny-1b.md:9: context_max = 99999999: must be at most 10485760",
        ),
        (MODEL, "name: Tiny 1B", "name: 7", "data/models/tiny-1b.md:2: name = 7: must be text, in quotes"),
        (
            MODEL,
            'release: "2026-01"',
            "release: January",
            'data/models/tiny-1b.md:6: release = "January": must be a month written YYYY-MM',
        ),
        (
            MODEL,
            "hf_repo: tiny-labs/Tiny-1B",
            "hf_repo: Tiny-1B",
            'data/models/tiny-1b.md:7: hf_repo = "Tiny-1B": must be a Hugging Face repository written owner/name',
        ),
        (
            MODEL,
            "modality: text",
            "modality: texts",
            "data/models/tiny-1b.md:8: modality = \"texts\": must be one of 'text' or 'vision'; did you mean 'text'?",
        ),
        (
            MODEL,
            "sources:\n  - config.json of tiny-labs/Tiny-1B\n",
            "sources: []\n",
            "data/models/tiny-1b.md:10: sources = []: must hold at least one entry",
        ),
        (
            MODEL,
            "sources:\n  - config.json of tiny-labs/Tiny-1B\n",
            "",
            "data/models/tiny-1b.md:2: sources: is required",
        ),
        (
            MODEL,
            "  - config.json of tiny-labs/Tiny-1B",
            "  - ''",
            'data/models/tiny-1b.md:11: sources[0] = "": must not be empty',
        ),
        # Names.
        (
            MODEL,
            "name: Tiny 1B",
            "name: Tiny <b>1B</b>",
            'data/models/tiny-1b.md:2: name = "Tiny <b>1B</b>": must be plain text without HTML',
        ),
        (
            MODEL,
            "name: Tiny 1B",
            "name: Tiny&nbsp;1B",
            'data/models/tiny-1b.md:2: name = "Tiny&nbsp;1B": must be plain text without HTML',
        ),
        (
            MODEL,
            "family: tiny",
            "family: tinny",
            "data/models/tiny-1b.md:3: family = \"tinny\": has no file in families/; did you mean 'tiny'?",
        ),
        (
            MODEL,
            "modality: text",
            "aliases: [gpus]\nmodality: text",
            'data/models/tiny-1b.md:8: aliases = "gpus": is reserved: the site has a page of its own there',
        ),
        (
            MODEL,
            "modality: text",
            "aliases: [小]\nmodality: text",
            'data/models/tiny-1b.md:8: aliases = "小": must hold a letter or digit (a-z, 0-9): its path is made of them',
        ),
        (
            MODEL,
            "modality: text",
            "published_formats: [{quantization: q4_k_l, repo: tiny-labs/Tiny-1B-GGUF, source: README}]\nmodality: text",
            'data/models/tiny-1b.md:8: published_formats[0].quantization = "q4_k_l": is no quantization; did you mean '
            "'q4_k_m'?",
        ),
        # Devices.
        (
            CARDS,
            "vendor: nvidia",
            "vendor: nvida",
            "data/hardware/cards.yaml:4: devices[0].vendor = \"nvida\": must be one of 'nvidia', 'amd', "
            "'intel' or 'apple'; did you mean 'nvidia'?",
        ),
        (
            CARDS,
            "generation: ada",
            "generation: rdna3",
            "data/hardware/cards.yaml:2: devices[0]: generation must be one of pascal, volta, turing, ampere, ada, "
            "hopper, blackwell for nvidia",
        ),
        (
            CARDS,
            "24564",
            "25000",
            "data/hardware/cards.yaml:2: devices[0]: memory_mib_reported 25000 must not exceed the marketed "
            "24 GiB (24576 MiB)",
        ),
        (
            CARDS,
            "slug: card-24",
            "slug: Card 24",
            'data/hardware/cards.yaml:2: devices[0].slug = "Card 24": must be lower case and use only a-z, '
            "0-9, '.', '_' and '-', starting with a letter or digit",
        ),
        (
            CARDS,
            "    memory_type: GDDR6X",
            "    memory_typ: GDDR6X\n    memory_type: GDDR6X",
            'data/hardware/cards.yaml:11: devices[0].memory_typ = "GDDR6X": unknown field; did you mean '
            "'memory_type'?",
        ),
        (
            CARDS,
            "    memory_type: GDDR6X",
            "    memory_type: GDDR6X\n    price_usd: 1600",
            "data/hardware/cards.yaml:2: devices[0]: price_usd and price_kind must be given together",
        ),
        (
            CARDS,
            "    memory_type: GDDR6X",
            "    memory_type: GDDR6X\n    pcie: {generation: 2, lanes: 16}",
            "data/hardware/cards.yaml:12: devices[0].pcie.generation = 2: must be one of 3, 4, 5 or 6",
        ),
        (
            CARDS,
            "    memory_type: GDDR6X",
            "    memory_type: GDDR6X\n    peer_link: {kind: nv-link}",
            "data/hardware/cards.yaml:12: devices[0].peer_link.kind = \"nv-link\": must be one of 'nvlink', "
            "'nvlink-bridge', 'infinity-fabric', 'roce' or 'ethernet'; did you mean 'nvlink'?",
        ),
        (
            CARDS,
            "    memory_type: GDDR6X",
            "    memory_type: GDDR6X\n    host_link: {kind: nvlink-c2c, memory_gb: 480}",
            "data/hardware/cards.yaml:12: devices[0].host_link: must give gb_s, memory_gb_s or both",
        ),
        (
            CARDS,
            "    memory_type: GDDR6X",
            "    memory_type: GDDR6X\n    ecc: {default: disabled, memory_mib_enabled: 23028}",
            "data/hardware/cards.yaml:12: devices[0].ecc: basis must be given where memory_mib_enabled or "
            "memory_mib_disabled is, and only there",
        ),
        (
            CARDS,
            "    memory_type: GDDR6X",
            "    memory_type: GDDR6X\n    memory_limits:\n      - {system: linux, how: a setting}",
            "data/hardware/cards.yaml:2: devices[0]: memory_limits are for unified memory; a card's own can't be "
            "changed",
        ),
        (
            CARDS,
            "    memory_type: GDDR6X",
            "    memory_type: LPDDR\n    unified_memory: true\n"
            "    memory_limits:\n      - {system: linux, memory_mib: 30000, how: a setting}",
            "data/hardware/cards.yaml:2: devices[0]: memory_limits: memory_mib 30000 must not exceed the marketed "
            "memory (24576 MiB)",
        ),
        # Groups and cloud instances.
        (
            GROUPS,
            "device: card-24",
            "device: card-42",
            "data/hardware/groups.yaml:2: groups[0].device = \"card-42\": is no device; did you mean 'card-24'?",
        ),
        (
            GROUPS,
            "count: 2",
            "count: 16",
            "data/hardware/groups.yaml:3: groups[0].count = 16: is more than the 8 that one machine takes of card-24",
        ),
        (
            GROUPS,
            "link: pcie",
            "link: peer",
            'data/hardware/groups.yaml:4: groups[0].link = "peer": needs a peer_link of card-24, which has none',
        ),
        (
            GROUPS,
            "link: pcie",
            "link: ethernet",
            "data/hardware/groups.yaml:2: groups[0]: link_gb_s must be given for ethernet and thunderbolt, and only "
            "for them",
        ),
        (
            GROUPS,
            "groups:\n",
            "groups:\n  - {device: card-24, count: 2, link: pcie, sources: [x]}\n",
            "data/hardware/groups.yaml:4: groups[1].count = 2: makes 2x-card-24, which is already a group",
        ),
        (
            CLOUD,
            "device: card-24",
            "device: card",
            "data/cloud/cloud.yaml:5: instances[0].device = \"card\": is no device; did you mean 'card-24'?",
        ),
        (
            CLOUD,
            "memory_mib_listed: 24576",
            "memory_mib_listed: 16384",
            "data/cloud/cloud.yaml:7: instances[0].memory_mib_listed = 16384: must lie between 23336 and 25805 MiB "
            "for card-24",
        ),
        (
            CLOUD,
            '    price_date: "2026-11"\n',
            "",
            "data/cloud/cloud.yaml:3: instances[0]: price_usd_hour and price_date must be given together",
        ),
        (
            CLOUD,
            "count: 1",
            "count: 2\n    fraction: 0.5",
            "data/cloud/cloud.yaml:3: instances[0]: fraction is a part of one device, so count must be 1",
        ),
        (
            CLOUD,
            "slug: tiny-1\n",
            "slug: tiny-1\n    instance: t0\n    device: card-24\n    count: 1\n    sources: [x]\n  - slug: tiny-1\n",
            'data/cloud/cloud.yaml:8: instances[1].slug = "tiny-1": is already a cloud instance in data/cloud/cloud.yaml',
        ),
        # Quantization.
        (
            TYPES,
            "{name: qs, bytes: 128",
            "{name: qs, bytes: 96",
            "data/quantization/types.yaml:2: block_types[0]: the fields of Q4_K sum to 112 bytes, "
            "bytes_per_block says 144",
        ),
        (
            TYPES,
            "default_type: Q4_K",
            "default_type: Q4_X",
            'data/quantization/types.yaml:16: quantizations[0].default_type = "Q4_X": is no block type; did '
            "you mean 'Q4_K'?",
        ),
        (
            TYPES,
            "engines: [llama.cpp]",
            "engines: [llama.cpp, vllm]",
            'data/quantization/types.yaml:14: quantizations[0].engines = "vllm": has no entry in engines/; known are '
            "llama.cpp",
        ),
        (
            "engines/engines.yaml",
            "nvidia: [ada]",
            "nvidia: [m4]",
            "data/engines/engines.yaml:5: engines[0].runs_on: m4 is not a generation of nvidia: pascal, volta, turing, "
            "ampere, ada, hopper, blackwell",
        ),
        (
            TYPES,
            "{name: d, bytes: 2",
            "{name: d, bytes: 2, byte: 2",
            "data/quantization/types.yaml:6: block_types[0].fields[0].byte = 2: unknown field; did you mean 'bytes'?",
        ),
        # Site.
        (
            "site.yaml",
            "common_devices: [card-24]",
            "common_devices: [card-42]",
            "data/site.yaml:8: common_devices = \"card-42\": is no device; did you mean 'card-24'?",
        ),
        (
            "site.yaml",
            "common_devices: [card-24]",
            "common_devices: [card-24]\nmore_devices: [3x-card-24]",
            "data/site.yaml:9: more_devices = \"3x-card-24\": is no device or group; did you mean '2x-card-24'?",
        ),
        (
            "site.yaml",
            "default_context: 8k",
            "default_context: 4k",
            'data/site.yaml:6: default_context = "4k": must be one of the contexts',
        ),
        (
            "site.yaml",
            "contexts: [2k, 8k]",
            "contexts: [8k, 2k]",
            'data/site.yaml:4: contexts = ["8k", "2k"]: must rise, each size once',
        ),
        (
            "site.yaml",
            "base_url: https://tiny.example",
            "base_url: tiny.example",
            'data/site.yaml:3: base_url = "tiny.example": must be a URL starting with http:// or https://',
        ),
        # Prose.
        (
            MODEL,
            'Tiny stores {{ kv_cache("8K") }}',
            "Tiny stores 18.4 GB",
            'data/models/tiny-1b.md:18: \'18.4 GB\' is a bare figure; call for it, e.g. {{ total("Q4_K_M", "32K") }}',
        ),
        (MODEL, "Tiny stores", "Tiny <em> stores", "data/models/tiny-1b.md:18: '<em>' is HTML; write Markdown"),
        (
            MODEL,
            'kv_cache("8K")',
            'kv_cash("8K")',
            "data/models/tiny-1b.md:18: {{ kv_cash(\"8K\") }}: no figure is called 'kv_cash'; did you mean 'kv_cache'?",
        ),
        (
            MODEL,
            'kv_cache("8K")',
            'total_of_users("Q4_K_M", "8K", "many")',
            'data/models/tiny-1b.md:18: {{ total_of_users("Q4_K_M", "8K", "many") }}: '
            "'many' is no count; write it as \"4\"",
        ),
        (
            MODEL,
            'kv_cache("8K")',
            'kv_cache("16K")',
            'data/models/tiny-1b.md:18: {{ kv_cache("16K") }}: the context 16K is beyond the model\'s 8192 tokens',
        ),
        (
            MODEL,
            'kv_cache("8K")',
            "kv_cache(8192)",
            "data/models/tiny-1b.md:18: {{ kv_cache(8192) }}: context must be text in quotes",
        ),
        (
            MODEL,
            'kv_cache("8K")',
            'kv_cache("8K", batch="2")',
            'data/models/tiny-1b.md:18: {{ kv_cache("8K", batch="2") }}: kv_cache takes (context, kv_type=, model=)',
        ),
        (
            MODEL,
            'kv_cache("8K")',
            'kv_cache("8K", model="tiny-2b")',
            'data/models/tiny-1b.md:18: {{ kv_cache("8K", model="tiny-2b") }}: no model \'tiny-2b\'; did you '
            "mean 'tiny-1b'?",
        ),
        (
            MODEL,
            'kv_cache("8K")',
            'kv_cache("8K", kv_type="q3")',
            'data/models/tiny-1b.md:18: {{ kv_cache("8K", kv_type="q3") }}: no cache type \'q3\'; known are '
            "f32, f16, bf16, fp8, q8_0, q5_1, q5_0, q4_1, q4_0, iq4_nl",
        ),
        (MODEL, 'kv_cache("8K")', "7 * 6", "data/models/tiny-1b.md:18: {{ 7 * 6 }}: is no call for a figure"),
        (
            MODEL,
            "Q4_K_M",
            "Q4_K_N",
            'data/models/tiny-1b.md:24: {{ fits("Q4_K_N", "8K", "24GB") }}: no quantization \'Q4_K_N\'; did '
            "you mean 'Q4_K_M'?",
        ),
        (
            MODEL,
            '"24GB"',
            '"24"',
            'data/models/tiny-1b.md:24: {{ fits("Q4_K_M", "8K", "24") }}: \'24\' is no memory size; write it as "24GB"',
        ),
        (MODEL, "## FAQ", "## Questions", "data/models/tiny-1b.md:17: must have a '## FAQ' section"),
        (
            MODEL,
            '\nIt {{ fits("Q4_K_M", "8K", "24GB") }}.\n',
            "",
            "data/models/tiny-1b.md:22: the question 'Does it fit a 24 GB card?' has no answer",
        ),
        (
            "families/tiny.md",
            "Small models.",
            "{{ parameters() }}.",
            'data/families/tiny.md:6: {{ parameters() }}: must name its model, model="...": the page is of '
            "no single one",
        ),
        (
            "faq/why.md",
            'weights("Q4_K_M")',
            'kv_cache("32K")',
            'data/faq/why.md:6: {{ kv_cache("32K") }}: the context 32K is beyond the model\'s 8192 tokens',
        ),
    ],
)
def test_one_fault_gives_one_message(edited: Edited, file: str, old: str, new: str, message: str):
    assert edited(file, old, new) == [message]


def test_a_figure_naming_a_device_is_allowed_in_prose(edited: Edited):
    assert edited(MODEL, "Tiny stores", "On a 24 GB GPU or a 128 GB Mac Tiny stores") == []


@pytest.mark.parametrize(
    ("slug", "message"),
    [
        (
            "Tiny 2B",
            "slug = \"Tiny 2B\": the file name must be lower case and use only a-z, 0-9, '.', '_' and '-', "
            "starting with a letter or digit",
        ),
        (
            "calculator",
            'slug = "calculator": is reserved: the site has a page of its own there; rename the file',
        ),
    ],
)
def test_a_file_name_that_is_no_model_slug_is_refused(data, slug: str, message: str):
    data.write(f"models/{slug}.md", (data.root / MODEL).read_text().replace("1B", "2B"))
    assert data.problems() == [f"data/models/{slug}.md: {message}"]


def test_a_name_can_belong_to_one_model_only(data):
    text = (data.root / MODEL).read_text().replace("Tiny-1B", "Tiny-2B").replace("name: Tiny 1B", "name: Tiny 2B")
    data.write("models/tiny-2b.md", text.replace("modality:", "aliases: [TINY-1b]\nmodality:"))
    assert data.problems() == ['data/models/tiny-2b.md:8: aliases = "TINY-1b": is already a name of the model tiny-1b']


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        (
            MODEL,
            "no front matter\n",
            "data/models/tiny-1b.md:1: must start with YAML front matter between two '---' lines",
        ),
        (
            CARDS,
            "devices: [\n",
            "data/hardware/cards.yaml:2: is not valid YAML: did not find expected node content",
        ),
        (CARDS, "- a\n", "data/hardware/cards.yaml:1: must hold a mapping of fields"),
        ("site.yaml", "name: a\nname: b\n", "data/site.yaml:2: name: repeats a field already given on line 1"),
        ("models/notes.txt", "x", "data/models/notes.txt: doesn't belong here; the folder holds .md files"),
    ],
)
def test_an_unreadable_file_is_named(data, file: str, text: str, message: str):
    data.write(file, text)
    assert message in data.problems()


def test_text_that_is_not_utf8_is_named(data):
    (data.root / CARDS).write_bytes(b"devices: \xff\n")
    assert "data/hardware/cards.yaml: must be UTF-8 text (invalid start byte)" in data.problems()


def test_a_missing_folder_is_named(tmp_path: Path):
    with pytest.raises(CatalogError, match="is no folder; the data is expected there"):
        load_catalog(tmp_path / "nowhere")


def test_a_device_listed_twice_names_both_files(data):
    data.write("hardware/more.yaml", (data.root / CARDS).read_text())
    assert data.problems() == [
        'data/hardware/more.yaml:2: devices[0].slug = "card-24": is already a device in data/hardware/cards.yaml'
    ]


def test_all_faults_of_all_files_are_told_in_one_run(data):
    data.edit(MODEL, "context_max: 8192", "context_max: many")
    data.edit(MODEL, "license: mit", "licence: mit")
    data.edit(CARDS, "vendor: nvidia", "vendor: voodoo")
    data.edit(TYPES, "bytes: 128", "bytes: 96")
    data.edit("site.yaml", "tagline: Small figures", "tagline: <i>Small</i>")
    with pytest.raises(CatalogError) as caught:
        load_catalog(data.root)
    assert [(problem.file, problem.field) for problem in caught.value.problems] == [
        ("data/hardware/cards.yaml", "devices[0].vendor"),
        ("data/models/tiny-1b.md", "license"),
        ("data/models/tiny-1b.md", "licence"),
        ("data/models/tiny-1b.md", "context_max"),
        ("data/quantization/types.yaml", "block_types[0]"),
        ("data/site.yaml", "tagline"),
    ]
    assert str(caught.value).startswith("6 problems in the data:\n  data/hardware/cards.yaml:4: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("models:\n  tiny-1b: tiny-1b\n", 'models.tiny-1b = "tiny-1b": is a model: its pages would be hidden'),
        ("models:\n  old: tiny-1\n", "models.old = \"tiny-1\": is no model; did you mean 'tiny-1b'?"),
        (
            "models:\n  old: older\n  older: tiny-1b\n",
            "models.old = \"older\": is no model; it leads to 'tiny-1b' itself, name that",
        ),
        ("models:\n  gpus: tiny-1b\n", 'models.gpus = "gpus": is a page of the site, which leads there already'),
        ("devices:\n  old: card-25\n", "devices.old = \"card-25\": is no device or group; did you mean 'card-24'?"),
        ("quantizations:\n  q4_k_m: q4_k_m\n", 'quantizations.q4_k_m = "q4_k_m": is a quantization'),
        ("families:\n  old: huge\n", 'families.old = "huge": is no family'),
    ],
)
def test_a_redirect_leads_from_what_is_gone_to_what_is_there(data, text: str, message: str):
    data.write("redirects.yaml", text)
    assert any(message in problem for problem in data.problems()), data.problems()
    assert len(data.problems()) == 1


def test_speeds_that_another_version_wrote_are_told_once_and_written_anew_by_the_command_that_is_named(data):
    data.write("speed.json", '{"efficiencies": [{"phase": "decode"}, {"phase": "prefill"}]}')
    message = "isn't what this version of the program writes; run `python -m generator speed --write`"
    assert data.problems() == [f"data/speed.json: {message}"]
    result = CliRunner().invoke(main, ["--data", str(data.root), "speed", "--write"])
    assert result.exit_code == 0, result.output
    assert data.problems() == []
