"""All quantizations beside each other."""

from __future__ import annotations

from generator import formats, urls
from generator.pages.article import ArticleBody, Section
from generator.pages.formats.facts import FormatFacts, all_formats
from generator.pages.page import Cell, Link, Page, Row, Table
from generator.scenarios import Atlas

FORMATS = Link("Quantizations", urls.FORMATS_PATH)
NOTHING = "–"


def formats_page(atlas: Atlas) -> Page:
    """Every quantization, most bits first, by the engine that most people read it with."""
    found = all_formats(atlas)
    most, least = found[0], found[-1]
    sections = []
    for engine in dict.fromkeys(each.quantization.engines[0] for each in found):
        own = tuple(each for each in found if each.quantization.engines[0] == engine)
        name = atlas.catalog.engines[engine].name
        caption = f"Quantizations of {name}, most bits first"
        sections.append(Section(engine.replace(".", "-"), name, tables=(format_table(atlas, caption, own),)))
    example = atlas.catalog.models[atlas.catalog.site.example_models[0]].name
    return Page(
        path=urls.FORMATS_PATH,
        kind="article",
        title=f"{len(found)} quantizations: bits per weight, measured on models",
        description=(
            f"{len(found)} quantizations from {formats.bits(most.median_bits)} down to "
            f"{formats.bits(least.median_bits)} bits a weight, with what each takes on {example} and what its blocks "
            "hold."
        ),
        heading="What the quantizations are, in bits a weight",
        body=ArticleBody(
            answer=(
                f"{len(found)} quantizations, from {formats.bits(most.median_bits)} bits a weight "
                f"({most.quantization.name}) down to {formats.bits(least.median_bits)} ({least.quantization.name}), "
                "each at the median of our models.",
                "A name promises bits for most matrices; what a file really takes depends on the model, as some "
                "tensors get more.",
            ),
            sections=tuple(sections),
        ),
    )


def format_table(
    atlas: Atlas, caption: str, found: tuple[FormatFacts, ...], current: FormatFacts | None = None
) -> Table:
    """Quantizations with their bits, and an example's size."""
    example = atlas.catalog.models[atlas.catalog.site.example_models[0]]
    rows = []
    for each in found:
        quantization, of_example = each.quantization, each.of(example.slug)
        cells = (
            Cell(quantization.name, None if each is current else urls.format_path(quantization.slug)),
            Cell(formats.bits(each.median_bits)),
            Cell(formats.bits(each.models[0].bits)),
            Cell(formats.bits(each.models[-1].bits)),
            Cell(formats.size(of_example.weights_bytes) if of_example else NOTHING),
            Cell("needed" if quantization.needs_imatrix else "optional" if quantization.kind == "mix" else NOTHING),
        )
        rows.append(Row(cells, current=each is current))
    columns = ("Quantization", "Bits, median", "Least", "Most", f"{example.name}, all weights", "Importance matrix")
    return Table(caption, columns, tuple(rows), frozenset({5}))
