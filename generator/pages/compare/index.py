"""Every comparison, by family and by size, and the comparisons of one model."""

from __future__ import annotations

from generator import formats, urls
from generator.pages.article import ArticleBody, Section
from generator.pages.page import Link, Page
from generator.scenarios import Atlas


def comparisons_page(atlas: Atlas) -> Page:
    """The index of comparisons."""
    models, quantizations = atlas.catalog.comparisons.models, atlas.catalog.comparisons.quantizations
    kin = tuple(sides for sides in models if len({atlas.catalog.models[slug].family for slug in sides}) == 1)
    others = tuple(sides for sides in models if sides not in kin)
    links = tuple(_format_link(atlas, sides) for sides in quantizations)
    return Page(
        path=urls.COMPARISONS_PATH,
        kind="article",
        title="Models and quantizations compared by VRAM",
        description=(
            f"{len(models)} comparisons of language models and {len(quantizations)} of quantizations: memory side by "
            "side, what fits on which card, and why they differ."
        ),
        heading="Compare models and quantizations",
        body=ArticleBody(
            answer=(
                f"{formats.number(len(models))} pairs and groups of models and "
                f"{formats.number(len(quantizations))} pairs of quantizations, each with its memory side by side and "
                "the reason for the difference.",
            ),
            sections=(
                Section("families", "Within a family", links=tuple(_model_link(atlas, sides) for sides in kin)),
                Section("makers", "Between makers", links=tuple(_model_link(atlas, sides) for sides in others)),
                Section("quantizations", "Quantizations", links=links),
            ),
        ),
    )


def comparison_links(atlas: Atlas) -> tuple[Link, ...]:
    """Every comparison, models first."""
    known = atlas.catalog.comparisons
    models = (_model_link(atlas, sides) for sides in known.models)
    return (*models, *(_format_link(atlas, sides) for sides in known.quantizations))


def comparisons_of(atlas: Atlas, slug: str) -> tuple[Link, ...]:
    """The comparisons that a model is part of."""
    return tuple(_model_link(atlas, sides) for sides in atlas.catalog.comparisons.models if slug in sides)


def _model_link(atlas: Atlas, sides: tuple[str, ...]) -> Link:
    names = " vs ".join(atlas.catalog.models[slug].name for slug in sides)
    return Link(names, urls.comparison_path(sides))


def _format_link(atlas: Atlas, sides: tuple[str, ...]) -> Link:
    names = " vs ".join(atlas.catalog.quantizations[slug].name for slug in sides)
    return Link(names, urls.comparison_path(sides))
