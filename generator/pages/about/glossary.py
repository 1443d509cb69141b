"""The terms of the field as far as memory is concerned."""

from __future__ import annotations

from generator import formats, urls
from generator.catalog.glossary import FIXED_PAGES, Term
from generator.pages.article import ArticleBody, Section
from generator.pages.compare.index import comparison_links
from generator.pages.page import Link, Page
from generator.scenarios import Atlas


def glossary_page(atlas: Atlas) -> Page:
    """All terms on one page, each with an address of its own."""
    terms = sorted(atlas.catalog.glossary, key=lambda term: term.term.lower())
    return Page(
        path=urls.GLOSSARY_PATH,
        kind="article",
        title="Glossary: what the terms mean for VRAM",
        description=(
            f"{formats.number(len(terms))} terms from KV cache to MoE and GiB, each in a few sentences on what it "
            "means for GPU memory, with pages that show it."
        ),
        heading="Glossary",
        body=ArticleBody(
            answer=("What the terms of the field mean for memory, with pages that show each at work.",),
            sections=tuple(_section(atlas, term) for term in terms),
        ),
    )


def _section(atlas: Atlas, term: Term) -> Section:
    return Section(term.slug, term.term, term.text, links=tuple(_link(atlas, path) for path in term.see))


def _link(atlas: Atlas, path: str) -> Link:
    """A page by its own words."""
    catalog = atlas.catalog
    known = {**FIXED_PAGES, **{link.path: link.text for link in comparison_links(atlas)}}
    known |= {urls.model_path(slug): model.name for slug, model in catalog.models.items()}
    known |= {urls.format_path(slug): f"What is {each.name}?" for slug, each in catalog.quantizations.items()}
    return Link(known[path], path)
