"""The catalogue's quantizations of the other engines are those that the core knows."""

from __future__ import annotations

import yaml

from generator.memory.engines import mlx, transformers
from generator.memory.engines.vllm import weights as vllm
from generator.memory.hf_formats import PLAIN, QUANTIZATIONS
from tests.reference import DATA

LAYOUTS = {"vllm": vllm.LAYOUTS, "transformers": transformers.LAYOUTS, "mlx": mlx.LAYOUTS}


def test_slugs_names_and_engines_agree_with_the_catalogue() -> None:
    text = (DATA / "quantization" / "other-engines.yaml").read_text(encoding="utf-8")
    listed = [entry for entry in yaml.safe_load(text)["quantizations"] if entry["slug"] not in PLAIN]
    assert {entry["slug"]: entry["name"] for entry in listed} == {
        slug: name for slug, name in QUANTIZATIONS.items() if slug not in PLAIN
    }
    for engine, layouts in LAYOUTS.items():
        assert {entry["slug"] for entry in listed if engine in entry["engines"]} == set(layouts), engine
