"""Tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from generator import formats
from generator.accuracy.bands import Row
from generator.catalog import Efficiency
from generator.fitting import Budget, FittingQuantization
from generator.memory.profile import Component, Place
from generator.publish.times import PHASES, Times
from generator.requests import Answer


def estimate_table(answer: Answer) -> Table:
    """All parts of one estimate, device first."""
    request, estimate = answer.request, answer.estimate
    name = request.get("model") or answer.architecture.model_type
    title = f"{name} at {request['quant']}, {request['context']:,} tokens x {request['batch']}, {request['engine']}"
    table = Table(title=title, title_justify="left", caption_justify="left")
    table.add_column("memory")
    table.add_column("decimal", justify="right")
    table.add_column("binary", justify="right")
    rows = (
        ("weights", estimate.weights_device_bytes),
        ("KV cache", estimate.kv_cache_bytes),
        ("recurrent state", estimate.recurrent_state_bytes),
        ("compute buffer", estimate.compute_bytes),
        ("driver and libraries", estimate.runtime_bytes),
    )
    for label, size in rows:
        if size:
            table.add_row(label, formats.size(size), formats.gib(size))
    table.add_section()
    table.add_row(
        "[bold]device total",
        f"[bold]{formats.size(estimate.total_bytes)}",
        f"[bold]{formats.gib(estimate.total_bytes)}",
    )
    table.add_row("  low", formats.size(estimate.total_low_bytes), formats.gib(estimate.total_low_bytes))
    table.add_row("  high", formats.size(estimate.total_high_bytes), formats.gib(estimate.total_high_bytes))
    table.add_section()
    table.add_row("system memory", formats.size(estimate.host_bytes), formats.gib(estimate.host_bytes))
    table.caption = (
        f"{formats.parameters(estimate.parameters)} parameters, {formats.parameters(estimate.parameters_active)} active; "
        f"all tensor data {formats.size(estimate.weights_bytes)}"
    )
    if request["context"] > answer.context_max:
        table.caption += f"\n[bold]beyond the {answer.context_max:,} tokens that the model was made for"
    return table


def cache_table(answer: Answer) -> Table:
    """The caches one by one, with what each layer group keeps."""
    profile = answer.estimator.memory.profile
    context = answer.estimator.settings.context_per_stream(profile.padded(answer.request["context"]))
    table = Table(title="Caches", title_justify="left")
    table.add_column("what")
    table.add_column("cells", justify="right")
    table.add_column("size", justify="right")
    for term in profile.terms:
        if term.component in (Component.KV_CACHE, Component.RECURRENT_STATE) and term.place is Place.DEVICE:
            cells = f"{term.cells(context):,}" if term.bytes_per_cell else ""
            table.add_row(term.label, cells, formats.size(term.size(context)))
    return table


def fit_table(found: Iterable[FittingQuantization], budget: Budget, context: int) -> Table:
    """Quantizations against a memory budget."""
    table = Table(title=f"In {budget.name}: {formats.gib(budget.size_bytes)}", title_justify="left")
    for heading in ("quantization", "weights", f"total at {context:,}", "fits", "largest context"):
        table.add_column(heading, justify="left" if heading in ("quantization", "fits") else "right")
    for item in found:
        table.add_row(
            item.quant,
            formats.size(item.asked.weights_device_bytes),
            formats.size(item.asked.total_bytes),
            "yes" if item.asked_fits else "no",
            f"{item.largest_context:,}" if item.largest_context else "none",
        )
    return table


def accuracy_table(title: str, rows: Iterable[Row]) -> Table:
    """Agreement with measured or reported rows."""
    table = Table(title=title, title_justify="left")
    for heading in ("engine", "kind of architecture", "figure", "n", "exact", "median", "p95", "worst", "no figure"):
        table.add_column(
            heading, justify="left" if heading in ("engine", "kind of architecture", "figure") else "right"
        )
    for row in rows:
        errors = (f"{row.median:.2%}", f"{row.p95:.2%}", f"{row.worst:+.2%}") if row.n else ("", "", "")
        table.add_row(row.engine, row.kind, row.metric, str(row.n), str(row.exact), *errors, str(row.refused or ""))
    return table


def speed_table(found: Iterable[Efficiency]) -> Table:
    """How near measured speeds come to their bounds."""
    table = Table(title="Measured speeds as a part of what bandwidth or compute allow", title_justify="left")
    texts = ("phase", "vendor", "models")
    for heading in (*texts, "rows", "devices", "10th percentile", "median", "90th percentile", "best"):
        table.add_column(heading, justify="left" if heading in texts else "right")
    for each in found:
        shares = (formats.percent(share) for share in (each.low, each.median, each.high, each.best))
        table.add_row(each.phase, each.vendor, each.kind, str(each.rows), str(each.devices), *shares)
    return table


def phase_times_table(times: Times) -> Table:
    """Seconds of all processes by phase, in the order of a build."""
    table = Table(title="Time by phase, all processes together", title_justify="left")
    table.add_column("phase")
    table.add_column("seconds", justify="right")
    table.add_column("share", justify="right")
    whole = sum(times.phases.values())
    for phase in PHASES:
        table.add_row(phase, f"{times.phases[phase]:,.2f}", f"{times.phases[phase] / whole:.1%}")
    return table


def kind_times_table(times: Times) -> Table:
    """Pages of each kind with the time that one takes, what takes most first."""
    table = Table(title="Time by kind of page", title_justify="left")
    table.add_column("kind")
    table.add_column("pages", justify="right")
    table.add_column("ms a page", justify="right")
    table.add_column("share", justify="right")
    whole = sum(times.kinds.values())
    for kind, seconds in sorted(times.kinds.items(), key=lambda each: -each[1]):
        count = times.pages[kind]
        table.add_row(kind, f"{count:,}", f"{seconds / count * 1000:,.2f}", f"{seconds / whole:.1%}")
    return table
