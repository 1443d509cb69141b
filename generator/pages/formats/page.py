"""What one quantization really is: its blocks, its recipe, its bits on every model."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats, urls
from generator.catalog import BlockType
from generator.memory.gguf_recipes import MIXES
from generator.memory.quantization import FALLBACKS, block_format
from generator.memory.recipe import StoredPart, stored_parts
from generator.pages import heads
from generator.pages.article import ArticleBody, Section
from generator.pages.formats.facts import FormatFacts, StoredModel, all_formats
from generator.pages.formats.index import FORMATS, format_table
from generator.pages.page import Card, Cell, Link, Page, Row, Table
from generator.scenarios import GGUF_ENGINE, Atlas, Subject

SIZES = 2
"""Example models whose size is told at once."""

NEIGHBOURS = 3
"""Quantizations shown on either side."""

MOST_INDIVISIBLE = 8
UNQUANTIZED = "norms, routers and small vectors"


def format_page(atlas: Atlas, found: FormatFacts) -> Page:
    """The page of one quantization."""
    quantization = found.quantization
    least, most = found.models[0], found.models[-1]
    span = f"{formats.bits(least.bits)} to {formats.bits(most.bits)}"
    engines = " and ".join(atlas.catalog.engines[engine].name for engine in quantization.engines)
    examples = [each for slug in atlas.catalog.site.example_models if (each := found.of(slug))]
    takes = " and ".join(f"{each.name} {formats.size(each.weights_bytes)}" for each in examples[:SIZES])
    median = formats.bits(found.median_bits)
    return Page(
        path=urls.format_path(quantization.slug),
        kind="article",
        title=heads.title(
            f"{quantization.name}: {median} bits per weight, block layout, recipe",
            f"{quantization.name}: {median} bits per weight",
        ),
        description=heads.description(
            (
                f"{quantization.name} stores models in {span} bits a weight, {median} at the median of "
                f"{len(found.models)}{f'; {takes}' if takes else ''}.",
                "Blocks, recipe and sizes.",
                f"Read by {engines}.",
            )
        ),
        heading=f"What is {quantization.name}?",
        above=(FORMATS,),
        name=quantization.name,
        body=ArticleBody(
            answer=(
                f"{quantization.name} stores a model's weights in {span} bits each, {median} at the median of the "
                f"{formats.number(len(found.models))} models here that have a form of it"
                + (f"; all weights: {takes}." if takes else "."),
                quantization.summary,
            ),
            cards=tuple(_cards(atlas, found, engines)),
            sections=tuple(_sections(atlas, found)),
            sources=quantization.sources,
        ),
    )


def _cards(atlas: Atlas, found: FormatFacts, engines: str) -> Iterator[Card]:
    quantization = found.quantization
    yield Card("Bits a weight", formats.bits(found.median_bits), "at the median of our models", "total")
    block = atlas.catalog.block_types.get(quantization.default_type)
    if block:
        yield Card("Most blocks", formats.bits(block.bits_per_weight), f"bits, {quantization.default_type}", "weights")
    yield Card("Read by", engines, "")
    if quantization.kind == "mix":
        matrix = "needed" if quantization.needs_imatrix else "optional"
        yield Card("Importance matrix", matrix, "to make the file, not to run it")


def _sections(atlas: Atlas, found: FormatFacts) -> Iterator[Section]:
    quantization = found.quantization
    shown = _recipe_examples(atlas, found)
    is_gguf = quantization.engines[0] == GGUF_ENGINE and quantization.name in MIXES
    types = {quantization.default_type: None}
    if is_gguf:
        for subject in shown:
            types |= {part.type.upper(): None for part in stored_parts(subject.architecture, quantization.name)}
    blocks = [atlas.catalog.block_types[name] for name in types if name in atlas.catalog.block_types]
    if blocks:
        yield Section("blocks", "What a block holds", _blocks_text(blocks[0]), tuple(map(_block_table, blocks)))
    if is_gguf:
        yield Section(
            "recipe",
            "Which tensors get which type",
            _recipe_text(shown, quantization.name),
            tuple(_recipe_table(subject, quantization.name) for subject in shown),
        )
    plain = _varied(atlas, found)
    yield from _beside(atlas, found, plain) if plain else _bits_section(found)
    if is_gguf:
        yield from _indivisible_section(found)
    yield from _quality_section(atlas, found)
    yield _neighbours(atlas, found)


def _recipe_examples(atlas: Atlas, found: FormatFacts) -> list[Subject]:
    """The first dense example and the first mixture of experts, as recipes treat experts apart."""
    examples = [atlas.subject(slug) for slug in atlas.catalog.site.example_models if found.of(slug)]
    kinds = (next((each for each in examples if each.is_moe is mixture), None) for mixture in (False, True))
    return [each for each in kinds if each]


def _blocks_text(block: BlockType) -> str:
    if block.elements_per_block == 1:
        return f"Every weight is stored by itself, in {formats.bits(block.bits_per_weight)} bits."
    return (
        f"{formats.number(block.elements_per_block)} weights share a block of {formats.number(block.bytes_per_block)} "
        f"bytes, scales included: {formats.bits(block.bits_per_weight)} bits a weight. "
        + (f"{formats.capitalized(block.note)}." if block.note else "")
    )


def _block_table(block: BlockType) -> Table:
    rows = [Row((Cell(field.name), Cell(formats.number(field.bytes)), Cell(field.what))) for field in block.fields]
    count = "1 weight" if block.elements_per_block == 1 else f"{formats.number(block.elements_per_block)} weights"
    whole = f"{count}, {formats.bits(block.bits_per_weight)} bits each"
    rows.append(Row((Cell("whole block"), Cell(formats.number(block.bytes_per_block)), Cell(whole)), current=True))
    return Table(f"A block of {block.name}", ("Field", "Bytes", "What it holds"), tuple(rows), frozenset({2}))


def _recipe_text(shown: list[Subject], name: str) -> str:
    kinds = {part.type for subject in shown for part in stored_parts(subject.architecture, name) if part.kind}
    if len(kinds) == 1:
        return "All matrices get the same type; norms, biases and routers stay as they were."
    return (
        "The quantizer goes through the tensors one by one and decides by what each is for and where it stands. "
        "Layers are numbered from 0."
    )


def _recipe_table(subject: Subject, name: str) -> Table:
    architecture = subject.architecture
    rows = tuple(_recipe_row(part, architecture.num_layers) for part in stored_parts(architecture, name))
    caption = f"{subject.model.name} at {name}"
    return Table(caption, ("Tensors", "Type", "Bits", "Layers", "Size"), rows, frozenset({1, 3}))


def _recipe_row(part: StoredPart, layers: int) -> Row:
    where = "all" if len(part.layers) == layers else formats.index_ranges(part.layers) if part.layers else "outside"
    kind = part.kind.value if part.kind else UNQUANTIZED
    bits = formats.bits(block_format(part.type).bits_per_weight)
    return Row((Cell(kind), Cell(part.type.upper()), Cell(bits), Cell(where), Cell(formats.size(part.size_bytes))))


def _bits_section(found: FormatFacts) -> Iterator[Section]:
    least, most = found.models[0], found.models[-1]
    text = (
        f"Between {formats.bits(least.bits)} bits ({_link(least)}) and {formats.bits(most.bits)} ({_link(most)}). "
        "The fewer of a model's weights lie in matrices that stay at higher precision, embedding and output head "
        "above all, the nearer it comes to the bits of the blocks; small models with large vocabularies are furthest "
        "off."
    )
    rows = tuple(
        Row(
            (
                Cell(each.name, urls.quantization_path(each.slug, found.quantization.slug)),
                Cell(formats.short_parameters(each.parameters)),
                Cell(formats.size(each.weights_bytes)),
                Cell(formats.bits(each.bits)),
            )
        )
        for each in found.models
    )
    count = formats.number(len(found.models))
    caption = f"{found.quantization.name} on all {count} models, fewest bits first"
    table = Table(caption, ("Model", "Parameters", "All weights", "Bits a weight"), rows)
    yield Section("models", "Bits a weight on every model", text, (table,), folded=True)


def _varied(atlas: Atlas, found: FormatFacts) -> FormatFacts | None:
    """The format that this one is a variant of, as its name says: ``FP8`` of ``FP8 per tensor``."""
    own = found.quantization
    for other in all_formats(atlas):
        plain = other.quantization
        alike = (plain.kind, plain.engines[0]) == (own.kind, own.engines[0]) and own.kind == "type"
        if alike and plain is not own and own.name.startswith(plain.name):
            return other
    return None


def _beside(atlas: Atlas, found: FormatFacts, plain: FormatFacts) -> Iterator[Section]:
    """What a variant changes on the models people ask about; the whole list stands with the format that it varies."""
    own, other = found.quantization, plain.quantization
    both = [(each, its) for each in found.models if (its := plain.of(each.slug))]
    ordered = sorted(both, key=lambda pair: _saving(*pair))
    (least, least_its), (most, most_its) = ordered[0], ordered[-1]
    text = (
        f"Only the scales differ. On disk and in memory that saves from {formats.percent(_saving(least, least_its))} "
        f"({_link(least)}) to {formats.percent(_saving(most, most_its))} ({_link(most)}), the more the larger a part of "
        "the model is quantized at all."
    )
    asked = atlas.catalog.site.common_models
    rows = tuple(
        Row(
            (
                Cell(each.name, urls.quantization_path(each.slug, own.slug)),
                Cell(formats.size(its.weights_bytes)),
                Cell(formats.size(each.weights_bytes)),
                Cell(formats.size(its.weights_bytes - each.weights_bytes)),
            )
        )
        for each, its in both
        if each.slug in asked
    )
    table = Table(f"{own.name} beside {other.name}, fewest bits first", ("Model", other.name, own.name, "Saves"), rows)
    links = (Link(f"{other.name} on every model", f"{urls.format_path(other.slug)}#models"),)
    yield Section("models", f"What it changes against {other.name}", text, (table,), links=links)


def _saving(each: StoredModel, plain: StoredModel) -> float:
    """Part of the plain format's bytes that the variant does without."""
    return 1 - each.weights_bytes / plain.weights_bytes


def _link(each: StoredModel) -> str:
    return f"[{each.name}]({urls.model_path(each.slug)})"


def _indivisible_section(found: FormatFacts) -> Iterator[Section]:
    name = found.quantization.name
    default = block_format(MIXES[name].default)
    broken = sorted((each for each in found.models if each.indivisible > 0), key=lambda each: -each.indivisible)
    if not broken:
        return
    instead = FALLBACKS.get(default.name)
    text = (
        f"A row must be a whole number of blocks of {formats.number(default.block_elements)}. Where it isn't, the "
        f"quantizer takes {instead.upper() if instead else 'F16'} instead"
        + (", in blocks of 32" if instead else "")
        + f", which happens in {formats.number(len(broken))} of {formats.number(len(found.models))} models."
    )
    rows = tuple(
        Row(
            (
                Cell(each.name, urls.model_path(each.slug)),
                Cell(formats.percent(each.indivisible)),
                Cell(formats.bits(each.bits)),
            )
        )
        for each in broken[:MOST_INDIVISIBLE]
    )
    columns = ("Model", "Of its weights in such rows", "Bits a weight")
    yield Section("rows", "Where rows don't divide", text, (Table("Models with the most of it", columns, rows),))


def _quality_section(atlas: Atlas, found: FormatFacts) -> Iterator[Section]:
    for measured in atlas.catalog.quality:
        rows = [row for row in measured.rows if row.quantization == found.quantization.slug]
        if not rows:
            continue
        order = sorted({row.kl_divergence for row in measured.rows})
        model = atlas.catalog.models[measured.model].name
        table = Table(
            f"{model} on {measured.text}",
            ("Importance matrix", "Perplexity", "± error", "KL divergence from 16 bits", "Rank"),
            tuple(
                Row(
                    (
                        Cell("yes" if row.imatrix else "no"),
                        Cell(formats.decimals(row.perplexity, 4)),
                        Cell(formats.decimals(row.perplexity_error, 4)),
                        Cell(formats.decimals(row.kl_divergence, 4)),
                        Cell(f"{order.index(row.kl_divergence) + 1} of {len(order)}"),
                    )
                )
                for row in rows
            ),
        )
        text = (
            "Perplexity tells how surprised the model is by a text, KL divergence how far its guesses lie from those "
            f"of the 16-bit model; lower is better in both. Measured on {model} by llama.cpp's own tool; other models "
            "lose more or less."
        )
        yield Section("quality", "Measured quality", f"{text} Source: {measured.source}.", (table,))


def _neighbours(atlas: Atlas, found: FormatFacts) -> Section:
    engine = found.quantization.engines[0]
    own = [each for each in all_formats(atlas) if each.quantization.engines[0] == engine]
    at = next(i for i, each in enumerate(own) if each.quantization is found.quantization)
    near = tuple(own[max(at - NEIGHBOURS, 0) : at + NEIGHBOURS + 1])
    current = own[at]
    caption = f"Around {found.quantization.name}, most bits first"
    return Section(
        "neighbours", "A step up and down", tables=(format_table(atlas, caption, near, current),), links=(FORMATS,)
    )
