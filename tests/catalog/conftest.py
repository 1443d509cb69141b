"""A small, sound data folder that tests break in one place at a time."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.catalog import CatalogError, load_catalog

REAL_DATA = Path(__file__).parents[2] / "data"

MODEL = """\
---
name: Tiny 1B
family: tiny
organization: Tiny Labs
license: mit
release: "2026-01"
hf_repo: tiny-labs/Tiny-1B
modality: text
context_max: 8192
sources:
  - config.json of tiny-labs/Tiny-1B
config:
  model_type: llama
  hidden_size: 2048
  num_hidden_layers: 16
---

Tiny stores {{ kv_cache("8K") }} at 8K.

## FAQ

### Does it fit a 24 GB card?

It {{ fits("Q4_K_M", "8K", "24GB") }}.
"""

VARIANT = """\
---
name: Tiny 1B Chat
family: tiny
organization: Tiny Labs
license: mit
release: "2026-02"
hf_repo: tiny-labs/Tiny-1B-Chat
shape_of: tiny-1b
sources:
  - README of tiny-labs/Tiny-1B-Chat
---

Tiny with manners.

## FAQ

### Is the cache another?

No, {{ kv_cache("8K") }}.
"""

FILES = {
    "models/tiny-1b.md": MODEL,
    "families/tiny.md": "---\nname: Tiny\norganization: Tiny Labs\n---\n\nSmall models.\n",
    "faq/why.md": '---\nquestion: Why?\nwhen: [gguf]\n---\n\nBecause of {{ weights("Q4_K_M") }}.\n',
    "hardware/cards.yaml": textwrap.dedent(
        """\
        devices:
          - slug: card-24
            name: Card 24 GB
            vendor: nvidia
            generation: ada
            segment: consumer
            memory_gb_marketed: 24
            memory_mib_reported: 24564
            memory_basis: reported
            memory_source: driver output
            memory_type: GDDR6X
            release: "2022-09"
            max_per_node: 8
            sources: [maker's page]
        """
    ),
    "engines/engines.yaml": textwrap.dedent(
        """\
        engines:
          - slug: llama.cpp
            name: llama.cpp
            version: "1"
            runs_on: {nvidia: [ada], apple: [m4]}
            offloads: true
            url: https://llama.example
            sources: [its backends]
        """
    ),
    "hardware/groups.yaml": textwrap.dedent(
        """\
        groups:
          - device: card-24
            count: 2
            link: pcie
            sources: [a builder's report]
        """
    ),
    "cloud/cloud.yaml": textwrap.dedent(
        """\
        provider: Tiny Cloud
        instances:
          - slug: tiny-1
            instance: t1
            device: card-24
            count: 1
            memory_mib_listed: 24576
            price_usd_hour: 1.5
            price_date: "2026-11"
            sources: [price list]
        """
    ),
    "quantization/types.yaml": textwrap.dedent(
        """\
        block_types:
          - name: Q4_K
            elements_per_block: 256
            bytes_per_block: 144
            fields:
              - {name: d, bytes: 2, what: scale}
              - {name: dmin, bytes: 2, what: minimum}
              - {name: scales, bytes: 12, what: 6-bit scales}
              - {name: qs, bytes: 128, what: 4-bit values}
            sources: [ggml]
        quantizations:
          - slug: q4_k_m
            name: Q4_K_M
            engines: [llama.cpp]
            kind: mix
            default_type: Q4_K
            summary: Four bits for most.
            sources: [llama.cpp]
        """
    ),
    "site.yaml": textwrap.dedent(
        """\
        name: Tiny Atlas
        tagline: Small figures
        base_url: https://tiny.example
        contexts: [2k, 8k]
        default_quantization: q4_k_m
        default_context: 8k
        memory_classes_gb: [24]
        common_devices: [card-24]
        common_models: [tiny-1b]
        common_quantizations: [q4_k_m]
        example_models: [tiny-1b]
        data_license: {name: CC0 1.0, url: https://license.example}
        """
    ),
}


class DataFolder:
    """A data folder on disk; `edit` and `write` change it, `problems` tells what the loader says."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        """Write one file, given by its path inside the folder."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace text that must occur in a file."""
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text, f"{old!r} does not occur in {name}"
        self.write(name, text.replace(old, new))

    def problems(self) -> list[str]:
        """Every problem as it is printed; empty where the data is sound."""
        try:
            load_catalog(self.root)
        except CatalogError as error:
            return [str(problem) for problem in error.problems]
        return []


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


@pytest.fixture
def edited(data: DataFolder) -> Callable[[str, str, str], list[str]]:
    """Edit one file and return the problems: `edited("models/tiny-1b.md", old, new)`."""

    def edit(name: str, old: str, new: str) -> list[str]:
        data.edit(name, old, new)
        return data.problems()

    return edit
