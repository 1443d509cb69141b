"""`llms.txt`: what the site holds and where, in a few lines of Markdown for programs that read texts."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats, urls
from generator.pages.lists import compared, defaults_text
from generator.scenarios import Atlas


def llms_text(atlas: Atlas) -> str:
    """The site in short: how addresses are made, figures for scripts, and the models people ask about most."""
    return "".join(f"{line}\n" for line in _lines(atlas))


def _lines(atlas: Atlas) -> Iterator[str]:
    site, models = atlas.catalog.site, formats.number(len(atlas.catalog.models))
    example = "/".join((site.common_models[0], site.default_quantization, site.default_context))
    yield f"# {site.name}"
    yield ""
    yield (
        f"> {site.tagline}: {models} models at every quantization and context, worked out tensor by tensor and cache "
        "by cache as the engines do it. GB are 10^9 bytes, GiB 2^30."
    )
    yield ""
    yield (
        "Addresses follow a pattern: /MODEL/ for a model, /MODEL/QUANTIZATION/ for one quantization of it and "
        f"/MODEL/QUANTIZATION/CONTEXT/ for one context, such as /{example}/. What runs on a device is at "
        "/gpus/DEVICE/, one model on it at /MODEL/on/DEVICE/."
    )
    for heading, entries in _sections(atlas):
        yield ""
        yield f"## {heading}"
        yield ""
        for text, path, note in entries:
            yield f"- [{text}]({site.base_url}{path}): {note}"


def _sections(atlas: Atlas) -> Iterator[tuple[str, tuple[tuple[str, str, str], ...]]]:
    """Headings, each with names, paths and notes."""
    yield (
        "Figures for scripts",
        (
            ("Models", urls.API_MODELS_PATH, "all models as JSON, with the address of each one's figures"),
            ("Downloads", urls.DATA_PATH, "every figure as CSV, JSON and Parquet, and how any context is worked out"),
        ),
    )
    yield (
        "How the figures come about",
        (
            ("Methodology", urls.METHODOLOGY_PATH, "what is counted, how, and what isn't"),
            ("Accuracy", urls.ACCURACY_PATH, "our figures beside what engines allocated"),
            ("Glossary", urls.GLOSSARY_PATH, "the terms"),
        ),
    )
    common = compared(atlas, map(atlas.subject, atlas.catalog.site.common_models))
    yield (
        f"Models that people ask about, at {defaults_text(atlas, (found for _, found in common))}",
        tuple(
            (subject.model.name, urls.model_path(subject.model.slug), f"{found.total_said} of GPU memory")
            for subject, found in common
        ),
    )
    yield (
        "Optional",
        (
            ("All models", urls.MODELS_PATH, "by memory, release and name"),
            ("GPUs", urls.GPUS_PATH, "what each of them runs"),
            ("Quantizations", urls.FORMATS_PATH, "what each of them is"),
        ),
    )
