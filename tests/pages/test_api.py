"""The JSON for scripts: who follows the words of the data page, and nothing else, gets the core's figures."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from generator.pages.files.api import model_document
from generator.pages.files.site import SiteFile
from generator.render.files import file_bytes
from tests.sample_site import SAMPLES, atlas

UNLIMITED = math.inf


def document(slug: str) -> dict[str, Any]:
    body = file_bytes(SiteFile(f"/api/v1/{slug}.json", model_document(atlas(), atlas().subject(slug))))
    found: dict[str, Any] = json.loads(body)
    return found


def component_sizes(profile: dict[str, Any], context: int) -> dict[tuple[str, str], int]:
    """Steps 1 to 3 of the page."""
    context = math.ceil(context / profile["context_step"]) * profile["context_step"]
    always: dict[tuple[str, str], int] = {}
    phases: dict[tuple[str, str], dict[str, int]] = {}
    for term in profile["terms"]:
        padding = term.get("cell_padding", 1)
        cells = math.ceil(context / (term.get("tokens_per_cell", 1) * padding)) * padding
        cells = min(max(cells, term.get("min_cells", 0)), term.get("max_cells", UNLIMITED))
        size = term.get("fixed_bytes", 0) + term.get("bytes_per_cell", 0) * cells
        key = term["component"], term["place"]
        if "phase" in term:
            own = phases.setdefault(key, {})
            own[term["phase"]] = own.get(term["phase"], 0) + size
        else:
            always[key] = always.get(key, 0) + size
    largest = {key: max(own.values()) for key, own in phases.items()}
    return {key: always.get(key, 0) + largest.get(key, 0) for key in {*always, *largest}}


def totals(quantization: dict[str, Any], context: int) -> tuple[int, int, int]:
    """Step 4: low end, total and high end."""
    chosen: tuple[int, int, int] | None = None
    for profile in quantization["profiles"]:
        if chosen and chosen[2] < profile["device_bytes_from"]:
            break
        sizes = {key: size for key, size in component_sizes(profile, context).items() if key[1] == "device"}
        compute = sizes.pop(("compute", "device"), 0)
        band, runtime = quantization["compute_band"], quantization["runtime"]
        exact = sum(sizes.values())
        chosen = (
            exact + int(compute * band["low"]) + runtime["low_bytes"],
            exact + compute + runtime["typical_bytes"],
            exact + int(compute * band["high"]) + runtime["high_bytes"],
        )
    assert chosen
    return chosen


@pytest.mark.parametrize("slug", SAMPLES)
def test_a_script_gets_the_total_and_its_range_at_any_context(slug: str) -> None:
    subject, found = atlas().subject(slug), document(slug)
    assert [each["slug"] for each in found["quantizations"]] == [q.slug for q in subject.quantizations]
    for each, quantization in zip(found["quantizations"], subject.quantizations, strict=True):
        for context in (1, 5_000, 33_333, *subject.contexts):
            estimate = subject.estimate(quantization, context)
            expected = estimate.total_low_bytes, estimate.total_bytes, estimate.total_high_bytes
            assert totals(each, context) == expected, (quantization.slug, context)


@pytest.mark.parametrize("slug", SAMPLES)
def test_figures_at_the_contexts_of_pages_follow_from_the_terms(slug: str) -> None:
    for each in document(slug)["quantizations"]:
        for figures in each["contexts"]:
            assert totals(each, figures["tokens"])[1] == figures["total_bytes"]
            parts = (
                "weights_device_bytes",
                "kv_cache_bytes",
                "recurrent_state_bytes",
                "compute_bytes",
                "runtime_bytes",
            )
            assert sum(figures[part] for part in parts) == figures["total_bytes"]


def test_a_file_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match=r"/a\.doc: no file of this kind"):
        file_bytes(SiteFile("/a.doc", None))
