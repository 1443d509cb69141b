"""What the data folder itself must hold."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from generator.catalog import Catalog, UnknownName, load_catalog
from generator.memory.architecture import from_config
from generator.memory.hf_checkpoint import checkpoint_tensors
from generator.memory.hf_formats import FP8_BLOCK, QUANTIZATIONS
from generator.memory.quantization import block_format
from generator.memory.tensors import Role

DATA = Path(__file__).parents[2] / "data"

# Bits per weight as ggml's own comments and type table state them.
GGML_BITS_PER_WEIGHT = {
    "F32": 32.0,
    "F16": 16.0,
    "BF16": 16.0,
    "Q8_0": 8.5,
    "Q6_K": 6.5625,
    "Q5_1": 6.0,
    "Q5_0": 5.5,
    "Q5_K": 5.5,
    "Q4_1": 5.0,
    "Q4_0": 4.5,
    "Q4_K": 4.5,
    "IQ4_NL": 4.5,
    "IQ4_XS": 4.25,
    "MXFP4": 4.25,
    "Q3_K": 3.4375,
    "IQ3_S": 3.4375,
    "IQ3_XXS": 3.0625,
    "Q2_K": 2.625,
    "IQ2_S": 2.5625,
    "IQ2_XS": 2.3125,
    "IQ2_XXS": 2.0625,
    "IQ1_M": 1.75,
    "IQ1_S": 1.5625,
}

# What `nvidia-smi` and other drivers print for well-known devices, MiB.
DRIVER_TOTALS_MIB = {
    "rtx-3090": 24576,
    "rtx-4090": 24564,
    "rtx-5090": 32607,
    "rtx-pro-6000-blackwell": 97887,
    "h100-sxm-80gb": 81559,
    "h200-sxm-141gb": 143771,
    "a100-sxm-80gb": 81920,
    "l4": 23034,
    "tesla-t4": 15360,
    "rx-7900-xtx": 24560,
    "mi300x": 196592,
    "apple-m4-max-128gb": 110100,
}

# Measured models of which no configuration is published under a repository the catalogue has.
NOT_IN_CATALOG = {"Mamba-Codestral-7B"}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(DATA)


def test_the_catalogue_is_as_large_as_promised(catalog: Catalog):
    assert len(catalog.models) >= 280
    assert sum(model.release >= "2026" for model in catalog.models.values()) >= 55
    assert len(catalog.devices) >= 220


@pytest.mark.parametrize("file", ["models.json", "new2026/models.json"])
def test_every_measured_model_is_in_the_catalogue_under_its_measured_name(catalog: Catalog, file: str):
    measured = dict(json.loads((DATA / "reference" / file).read_text()))
    missing = set()
    for name in {key.removesuffix(" +MTP") for key in measured}:
        try:
            catalog.model(name)
        except UnknownName:
            missing.add(name)
    assert missing <= NOT_IN_CATALOG


def test_parameter_counts_of_the_configurations_are_those_counted_from_the_reference_classes(catalog: Catalog):
    """Each config builds the published model: counted by the makers' classes, not by our code."""
    wrong = {}
    compared = 0
    for model in catalog.models.values():
        expected = model.parameters_text or model.parameters_counted
        if expected is not None:
            compared += 1
            found = from_config(model.config).parameters()
            if found != expected:
                wrong[model.slug] = (found, expected)
    assert wrong == {}
    assert compared >= 270


def test_checkpoints_that_hold_nothing_else_have_as_many_parameters_as_are_published(catalog: Catalog):
    whole = [m for m in catalog.models.values() if m.parameters_published_includes == "the whole model"]
    wrong = {
        m.slug: m.parameters_published for m in whole if from_config(m.config).parameters() != m.parameters_published
    }
    assert wrong == {}
    assert len(whole) >= 150


def test_published_fp8_checkpoints_hold_a_scale_for_every_tile_that_the_core_stores(catalog: Catalog):
    """Their element counts exceed those of the 16-bit checkpoints by the scales and nothing else."""
    wrong, compared = {}, 0
    for model in catalog.models.values():
        for published in model.published_formats:
            if published.quantization == "fp8" and published.parameters and model.parameters_published:
                compared += 1
                tensors = checkpoint_tensors(from_config(model.config))
                matrices = [(t, count) for t, count in tensors if t.role in (Role.LINEAR, Role.EXPERT)]
                scales = sum((FP8_BLOCK.size(t) - t.elements) // 4 * count for t, count in matrices)
                if scales != published.parameters - model.parameters_published:
                    wrong[model.slug] = (scales, published.parameters - model.parameters_published)
    assert wrong == {}
    assert compared >= 18


def test_no_configuration_stands_twice(catalog: Catalog):
    files: dict[str, list[str]] = {}
    for model in catalog.models.values():
        if model.shape_of is None:
            files.setdefault(json.dumps(model.config, sort_keys=True), []).append(model.slug)
    assert [slugs for slugs in files.values() if len(slugs) > 1] == [], "name one of them by shape_of in the others"


def test_block_layouts_have_the_bits_per_weight_that_ggml_states(catalog: Catalog):
    assert {name: catalog.block_types[name].bits_per_weight for name in GGML_BITS_PER_WEIGHT} == GGML_BITS_PER_WEIGHT


def test_block_layouts_agree_with_those_the_core_computes_with(catalog: Catalog):
    for name in GGML_BITS_PER_WEIGHT:
        ours, core = catalog.block_types[name], block_format(name.lower())
        assert (ours.elements_per_block, ours.bytes_per_block) == (core.block_elements, core.block_bytes), name


def test_schemes_of_other_engines_are_those_the_core_knows(catalog: Catalog):
    described = {slug for slug, scheme in catalog.quantizations.items() if set(scheme.engines) - {"llama.cpp"}}
    assert described == set(QUANTIZATIONS)


def test_every_measured_llama_cpp_scheme_is_described(catalog: Catalog):
    with (DATA / "reference" / "llamacpp.jsonl").open() as lines:
        measured = {row["quant"] for row in map(json.loads, lines) if row["metric"] == "weights_bytes"}
    described = {q.name for q in catalog.quantizations.values() if "llama.cpp" in q.engines}
    assert {name for name in measured if not name.startswith("MXFP4-native")} == described


@pytest.mark.parametrize(("slug", "mib"), DRIVER_TOTALS_MIB.items())
def test_known_devices_have_the_capacity_their_driver_prints(catalog: Catalog, slug: str, mib: int):
    device = catalog.devices[slug]
    assert (device.memory_mib_reported, device.memory_basis) == (mib, "reported")


# GB/s in one direction, as PCI-SIG and the makers state them.
HOST_GB_S = {
    "rtx-3060-12gb": 31.5,  # PCIe 4.0 x16
    "rtx-4060": 15.75,  # PCIe 4.0 x8
    "rtx-5090": 63.0,  # PCIe 5.0 x16
    "tesla-p40": 15.76,  # PCIe 3.0 x16
    "gh200-96gb": 450.0,  # NVLink-C2C, 900 GB/s in both directions
    "apple-m4-max-128gb": 546.0,  # its memory is the system's
}


@pytest.mark.parametrize(("slug", "gb_s"), HOST_GB_S.items())
def test_system_memory_is_read_at_the_speed_of_the_link_to_it(catalog: Catalog, slug: str, gb_s: float):
    assert catalog.devices[slug].host_gb_s == pytest.approx(gb_s, rel=0.005)


# GB/s from one device to the next: half of what makers state for both directions.
GROUP_GB_S = {"2x-rtx-5090": 63.0, "2x-rtx-a6000": 56.25, "8x-h100-sxm-80gb": 450.0, "2x-dgx-spark-gb10": 25.0}


@pytest.mark.parametrize(("slug", "gb_s"), GROUP_GB_S.items())
def test_groups_are_joined_at_the_speed_of_their_link(catalog: Catalog, slug: str, gb_s: float):
    group = catalog.groups[slug]
    assert group.one_way_gb_s(catalog.devices[group.device]) == pytest.approx(gb_s, rel=0.001)


# What the providers' own documents say of their instances: devices, and memory of one, GB as sold.
INSTANCES = {"aws-p5-48xlarge": (8, 80), "aws-g5-xlarge": (1, 24), "azure-standard-nd96isr-mi300x-v5": (8, 192)}


@pytest.mark.parametrize(("slug", "held"), INSTANCES.items())
def test_cloud_instances_hold_what_their_provider_says(catalog: Catalog, slug: str, held: tuple[int, int]):
    instance = catalog.instances[slug]
    assert (instance.count, catalog.devices[instance.device].memory_gb_marketed) == held


def test_a_part_of_a_device_offers_the_listed_part_of_its_memory(catalog: Catalog):
    instance = catalog.instances["aws-g6f-2xlarge"]  # a quarter of an L4
    assert instance.memory_bytes(catalog.devices["l4"]) == 5722 * 2**20


def test_every_card_says_how_it_is_connected(catalog: Catalog):
    unknown = {d.slug for d in catalog.devices.values() if not d.unified_memory and d.host_gb_s is None}
    # No source says it of boards sold only inside whole systems.
    assert unknown == {"h20-96gb", "gb200-186gb", "gb300-288gb", "gaudi-2", "gaudi-3"}


def test_error_correction_takes_a_sixteenth_of_graphics_memory(catalog: Catalog):
    for device in catalog.devices.values():
        ecc = device.ecc
        if ecc is None or ecc.basis is None:
            continue
        on = ecc.memory_mib_enabled or device.memory_mib_reported
        off = ecc.memory_mib_disabled or device.memory_mib_reported
        assert off / on == pytest.approx(16 / 15, rel=0.001), device.slug


def test_no_two_models_share_a_sentence(catalog: Catalog):
    sentences: Counter[str] = Counter()
    for model in catalog.models.values():
        text = " ".join([model.introduction, *(question.answer for question in model.faq)])
        plain = re.sub(r"\{\{.*?\}\}", "#", text)
        sentences.update({s.strip() for s in re.split(r"(?<=[.?!:])\s", plain) if len(s) > 60})
    assert [sentence for sentence, count in sentences.items() if count > 1] == []


def test_every_family_has_a_model_and_every_model_two_questions(catalog: Catalog):
    assert {model.family for model in catalog.models.values()} == set(catalog.families)
    assert [model.slug for model in catalog.models.values() if len(model.faq) < 2] == []


def test_links_in_prose_lead_to_models_that_exist(catalog: Catalog):
    for model in catalog.models.values():
        text = " ".join([model.introduction, *(question.answer for question in model.faq)])
        for target in re.findall(r"\]\(([^)]*)\)", text):
            match = re.fullmatch(r"/([a-z0-9._-]+)/", target)
            assert match, f"{model.slug}: {target}"
            assert match[1] in catalog.models, f"{model.slug}: {target}"
