"""How the figures come about, part by part, with what the usual formula says instead."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats, urls
from generator.accuracy.bands import ALL_KINDS, COMPUTE, COVERAGE, DOUBT
from generator.accuracy.bands import Row as Agreement
from generator.catalog import Efficiency
from generator.catalog.efficiency import ANY
from generator.memory.kv_cache import CompressedCache, LatentCache, RecurrentState, TokenCache, caches
from generator.memory.runtime import BY_VENDOR, overhead
from generator.memory.usual import usual_kv_bytes
from generator.pages.article import ArticleBody, Section
from generator.pages.facts import Facts, facts
from generator.pages.page import Cell, Link, Page, Row, Table
from generator.pages.parts.speeds import VENDOR_NAMES
from generator.scenarios import Atlas, Figures, Subject

LONG_CONTEXT = 131072
"""Context of the table of kinds, tokens, where a model has it: windows and states show at length."""


def methodology_page(atlas: Atlas) -> Page:
    """The full account, each part under its own heading."""
    rows = [row for row in atlas.bands.table if row.kind == ALL_KINDS and not row.metric.startswith("compute")]
    equal, measured = sum(row.exact for row in rows), sum(row.n for row in rows)
    return Page(
        path=urls.METHODOLOGY_PATH,
        kind="article",
        title="Methodology: how VRAM figures come about",
        description=(
            "Weights tensor by tensor, caches layer by layer, buffers by the allocator's rules, speed from bandwidth. "
            f"{formats.number(equal)} of {formats.number(measured)} measured sizes equal to the "
            "byte."
        ),
        heading="How the figures come about",
        body=ArticleBody(
            answer=(
                "Every figure is worked out from the model's own config, the way the engine itself would: no formula "
                "over parameter counts, nothing fitted.",
                f"{formats.number(equal)} of {formats.number(measured)} sizes that engines reported equal ours to the "
                "byte.",
            ),
            sections=tuple(_sections(atlas)),
        ),
    )


def _sections(atlas: Atlas) -> Iterator[Section]:
    yield Section("weights", "Weights", WEIGHTS, links=(Link("Every quantization", urls.FORMATS_PATH),))
    yield Section("caches", "KV cache and state", CACHES, (_kinds_table(atlas),))
    yield _compute(atlas)
    yield Section("runtime", "Driver and libraries", RUNTIME, (_runtime_table(),))
    yield Section("range", "Range, “fits” and “tight”", _range_text(), links=(Link("Accuracy", urls.ACCURACY_PATH),))
    yield Section("devices", "Devices and units", DEVICES)
    yield Section("engines", "Engines", ENGINES, (_engine_table(atlas),))
    yield from _speed(atlas)
    yield Section("limits", "What isn't counted", LIMITS, links=(Link("Glossary", urls.GLOSSARY_PATH),))


WEIGHTS = """\
From the config we list the model's tensors as the engine's converter would write them, with name, shape and role, and
give each the type that the quantizer would choose: a type for most, exceptions by role and layer, another type where a
row is no whole number of blocks. Summed up, that is the size of the file's tensors before any file exists.

What is loaded can differ from what is stored: blocks for multi-token prediction stay in the file, a token embedding
stays in system memory under llama.cpp, and one that is tied to the output head is held twice. Pages count what the
device holds."""

CACHES = """\
Each layer keeps what its kind of attention needs: full attention K and V of every token, a window only its span and
room for one micro-batch, latent attention one compressed vector, linear attention and state space layers a state of
fixed size. Cells are padded and grouped as the engine does it, and stored in its default type unless a page says
otherwise.

The usual formula, 2 × layers × KV heads × head size × 2 bytes × tokens, knows only the first kind. The table sets it
beside what is allocated, for one model of each kind of architecture."""

PYTORCH_MAKER = "nvidia"
"""The maker whose devices are shown with PyTorch's libraries too."""

RUNTIME = """\
A process takes memory before it loads anything: the driver's context, kernels, libraries. It depends on card, driver
and version, so it enters as a range between figures that were measured, with a typical value in the middle."""

DEVICES = """\
GB are 10⁹ bytes, as model sizes are quoted, and GiB are 2³⁰, as drivers count. A device is judged by what its driver
reports, which is less than what it is sold with. Where no report was found, the figure is derived from cards of the
same kind, and the device's page says so. Machines with unified memory are judged by what the system lets the GPU have
by default.

Several devices share a model by whole layers, so the fullest one decides; each has its own buffers and driver."""

ENGINES = """\
Figures follow one version of each engine. llama.cpp stands for one server slot, every layer on the device, flash
attention on and a micro-batch of 512 tokens; the command on each page writes these settings out. vLLM stands for
requests of the whole context on one GPU with its default batch limits; it reserves most of the card whatever it needs,
and pages show what it needs. Transformers and MLX stand for one sequence."""

LIMITS = """\
Encoders for images and sound, adapters, draft models for speculative decoding and prompt caches in system memory are
not part of a total. Sharding of one layer over several GPUs (tensor parallelism) is counted as an even share.
Fragmentation beyond what an engine's allocator does by its own rules isn't modelled, and neither is what else runs on
the device, such as a desktop."""


def _compute(atlas: Atlas) -> Section:
    row = next(
        row for row in atlas.bands.table if (row.engine, row.kind, row.metric) == ("llama.cpp", ALL_KINDS, COMPUTE)
    )
    text = (
        "llama.cpp lays out its graph for one micro-batch before it runs and reserves one buffer for it, in which "
        "results share memory as soon as they are no longer needed. We build the same graph from the config and run "
        "the same allocator over it: what must be held at once decides, whether that is attention, experts or logits. "
        f"{_agreement(row)} Other engines' buffers are sized by what their allocators were seen to take, and their "
        "ranges are wider."
    )
    return Section("compute", "Compute buffer", text)


def _agreement(row: Agreement) -> str:
    if row.exact == row.n:
        return f"All {formats.number(row.n)} buffers that were measured equal ours to the byte."
    return (
        f"Of {formats.number(row.n)} buffers that were measured, {formats.number(row.exact)} equal ours to the byte; "
        f"the one furthest off misses by {formats.percent(abs(row.worst))}."
    )


def _range_text() -> str:
    return (
        "Weights and caches are exact, so they have no range. The compute buffer's range holds "
        f"{formats.percent(COVERAGE)} of the measured buffers of the same engine and kind of architecture, and what "
        "others reported from their GPUs. For an architecture that was never measured it is wider: as the engine's "
        f"worst row, or {formats.number(DOUBT)} times what was reported. Driver and libraries add their own range. The "
        "low ends together and the high ends together are the range of a total.\n\n"
        "“Fits” means that the high end fits, “tight” that only the middle does. A figure that is too low does more "
        "harm than one that is too high, so a doubt widens the range upwards."
    )


def _kinds_table(atlas: Atlas) -> Table:
    seen: dict[str, Subject] = {}
    common = atlas.catalog.site.common_models
    slugs = sorted(atlas.catalog.listed, key=lambda slug: slug not in common)
    for subject, kind in atlas.of_each("kinds", _kind, slugs):
        seen.setdefault(kind, subject)
    rows = tuple(_kind_row(atlas, seen[kind]) for kind in sorted(seen))
    columns = (
        "Kind of architecture",
        "For example",
        "Context",
        "Usual formula",
        "Allocated",
        "Usual ÷ allocated",
        "Why",
    )
    return Table("Cache by the usual formula and as allocated", columns, rows, frozenset({1, 6}))


def _kind(_: Atlas, figures: Figures) -> str:
    return figures.kind


def _kind_row(atlas: Atlas, subject: Subject) -> Row:
    context = max((each for each in subject.contexts if each <= LONG_CONTEXT), default=subject.contexts[0])
    found = facts(subject, subject.usual, context)
    usual = usual_kv_bytes(subject.architecture, context)
    allocated = found.cache_bytes
    cells = (
        Cell(subject.kind),
        Cell(subject.model.name, urls.model_path(subject.model.slug)),
        Cell(formats.context(context)),
        Cell(formats.size(usual)),
        Cell(formats.size(allocated)),
        Cell(formats.times(usual / allocated) if allocated else "–"),
        Cell(_why(found)),
    )
    return Row(cells)


def _why(found: Facts) -> str:
    """Which caches of the model the usual formula doesn't know."""
    kinds = []
    for cache in caches(found.subject.architecture):
        if (
            isinstance(cache, TokenCache)
            and cache.window
            and "windows_ignored" not in found.subject.architecture.traits
        ):
            kinds.append("chunks" if cache.window.kind == "chunked" else "windows")
        elif isinstance(cache, LatentCache):
            kinds.append("latent vectors")
        elif isinstance(cache, CompressedCache):
            kinds.append("compressed tokens")
        elif isinstance(cache, RecurrentState):
            kinds.append("fixed states")
    return ", ".join(dict.fromkeys(kinds)) or ("nothing new" if not found.usual_differs else "shared or padded caches")


def _runtime_table() -> Table:
    rows = tuple(
        Row(
            (
                Cell(name),
                Cell(formats.size(found.low_bytes)),
                Cell(formats.size(found.typical_bytes)),
                Cell(formats.size(found.high_bytes)),
                Cell(found.source),
            )
        )
        for name, found in (
            *((VENDOR_NAMES[vendor], found) for vendor, found in BY_VENDOR.items()),
            (f"{VENDOR_NAMES[PYTORCH_MAKER]}, with PyTorch", overhead(PYTORCH_MAKER, pytorch=True)),
        )
    )
    columns = ("Maker", "Low", "Typical", "High", "Source")
    return Table("Driver and libraries of one process and device", columns, rows, frozenset({4}))


def _engine_table(atlas: Atlas) -> Table:
    rows = tuple(
        Row((Cell(engine.name), Cell(engine.version), Cell("; ".join(engine.sources))))
        for engine in atlas.catalog.engines.values()
    )
    return Table(
        "Engines and the versions that are followed", ("Engine", "Version", "Runs on"), rows, frozenset({1, 2})
    )


def _speed(atlas: Atlas) -> Iterator[Section]:
    known = atlas.catalog.efficiencies
    if not known:
        return
    whole = {each.phase: each for each in known if (each.vendor, each.kind) == (ANY, ANY)}
    memory = atlas.catalog.site.system_memory
    text = (
        "To generate a token, a device reads every weight that the token passes once, and the cache once: all matrices "
        "and the output head, of the routed experts only those chosen, and of the embedding one row. Bandwidth over "
        "these bytes bounds the tokens a second of one conversation. Reading a prompt is bound by compute: two "
        "operations a parameter and token, and attention over the tokens before.\n\n"
        f"No device reaches its bound. {formats.number(whole['decode'].rows)} published runs on "
        f"{formats.number(whole['decode'].devices)} devices generated at {formats.percent(whole['decode'].low)} to "
        f"{formats.percent(whole['decode'].high)} of it, {formats.number(whole['prefill'].rows)} read prompts at "
        f"{formats.percent(whole['prefill'].low)} to {formats.percent(whole['prefill'].high)}, the slowest and the "
        "fastest tenth left out; none exceeded it. A page takes the percentiles of the device's maker and the model's "
        "kind, dense or mixture of experts, where enough were measured.\n\n"
        f"The fastest of these runs generated {formats.token_rate(whole['decode'].fastest)} tokens a second. Bandwidth "
        "alone would let small models answer faster on fast devices; but starting each piece of work takes time too, "
        "which this bound doesn't know. What lies beyond is told as over that figure."
    )
    if memory:
        text += (
            f"\n\nWhat stays in system memory is read at {formats.bandwidth(memory.low_gb_s)} to "
            f"{formats.bandwidth(memory.high_gb_s)}, an assumption: {memory.basis}."
        )
    yield Section("speed", "Speed", text, (_speed_table(known),))


def _speed_table(known: tuple[Efficiency, ...]) -> Table:
    phases = {"decode": "generating", "prefill": "reading a prompt"}
    rows = tuple(
        Row(
            (
                Cell(phases[each.phase]),
                Cell(VENDOR_NAMES.get(each.vendor, "all makers")),
                Cell("all models" if each.kind == ANY else each.kind),
                Cell(formats.number(each.rows)),
                Cell(formats.number(each.devices)),
                Cell(formats.percent(each.low)),
                Cell(formats.percent(each.median)),
                Cell(formats.percent(each.high)),
                Cell(formats.percent(each.best)),
            )
        )
        for each in known
    )
    columns = ("Phase", "Maker", "Models", "Runs", "Devices", "10th percentile", "Median", "90th percentile", "Best")
    return Table("Measured speed as a part of its bound", columns, rows, frozenset({1, 2}))
