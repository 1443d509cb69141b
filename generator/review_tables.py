"""Tables for the terminal that set our figures beside others'."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from generator import formats
from generator.review.diff import Change, Diff
from generator.review.field_report import DraftedReport
from generator.review.gguf_file import FileReview
from generator.review.likeness import Likeness


def types_table(found: FileReview) -> Table:
    """How many tensors of each type there are, and their sizes."""
    table = _table(f"{found.path.name}: {found.quant}", "type", "ours", "file")
    for name, ours, theirs in found.types:
        table.add_row(name, formats.number(ours), formats.number(theirs))
    table.add_section()
    table.add_row("bytes", formats.number(found.our_bytes), formats.number(found.file_bytes))
    return table


def differences_table(found: FileReview) -> Table:
    """What differs, tensor by tensor, blocks taken together."""
    table = _table("Tensors that differ", "tensor", "blocks", "ours", "file", "bytes more in the file", text=4)
    for item in found.differences:
        more = f"{item.file_bytes - item.our_bytes:+,}"
        table.add_row(item.tensor, spans(item.blocks), item.our_type or "none", item.file_type or "none", more)
    return table


def file_summary(found: FileReview) -> str:
    """One sentence: whose tensors these are, and how many equal ours."""
    equal = sum(pair.equal for pair in found.pairs)
    whose = f"the tensors of {found.model}" if found.model else "tensors of a model that the catalogue lacks"
    matrix = ", with an importance matrix" if found.imatrix else ""
    return (
        f"{whose}{matrix}: {formats.number(equal)} of {formats.number(len(found.pairs))} have our type and size; "
        f"the file holds {found.file_bytes - found.our_bytes:+,} bytes against ours"
    )


FIGURE_NAMES = {
    "available_kv_cache_bytes": "room for the KV cache",
    "compute_bytes": "compute buffer, device",
    "compute_host_bytes": "compute buffer, system memory",
    "context_bytes": "KV cache and recurrent state",
    "kv_cache_bytes": "KV cache",
    "kv_cache_bytes+recurrent_state_bytes": "KV cache and recurrent state",
    "kv_cache_tokens": "tokens that the KV cache holds",
    "output_bytes": "output buffer",
    "recurrent_state_bytes": "recurrent state",
    "weights_bytes": "weights",
    "weights_device_bytes": "weights on the device",
    "weights_file_bytes": "tensor data of the file",
    "weights_host_bytes": "weights in system memory",
}


def report_table(found: DraftedReport) -> Table:
    """A log's figures, ours beside those that can be compared."""
    table = _table(f"{found.model.name}: the log's figures and ours", "figure", "log", "ours", "ours against the log")
    for comparison in found.comparisons:
        measured, ours = comparison.measurement.value, comparison.ours
        verdict = "equal as printed" if comparison.exact else comparison.refusal or f"{comparison.error:+.2%}"
        shown = "none" if ours is None else formats.number(ours)
        table.add_row(FIGURE_NAMES[comparison.measurement.metric], formats.number(measured), shown, verdict)
    for figure in found.left:
        table.add_row(FIGURE_NAMES[figure.name], formats.number(figure.value), "", "not compared")
    return table


def changes_table(found: Diff) -> Table:
    """Every figure of a model that changed."""
    table = _table("Figures that changed", "model", "figure", "at", "old", "new", "change", text=3)
    for change in found.models:
        table.add_row(change.subject, change.figure, _where(change), *_sides(change))
    return table


def devices_table(found: Diff) -> Table:
    """Every device's capacity that changed, MiB."""
    table = _table("Devices that changed", "device", "figure", "old", "new", "change", text=2)
    for change in found.devices:
        table.add_row(change.subject, change.figure, *_sides(change))
    return table


def diff_summary(found: Diff) -> str:
    """What came, what went, and how many figures changed, a line each."""
    lines = (
        ("new models", found.added),
        ("removed models", found.removed),
        ("new devices", found.added_devices),
        ("removed devices", found.removed_devices),
    )
    told = [f"{name}: {', '.join(slugs)}" for name, slugs in lines if slugs]
    models = {change.subject for change in found.models}
    return "\n".join(
        [
            *told,
            f"{formats.number(len(found.models))} figures of {formats.number(len(models))} models changed; "
            f"{formats.number(found.computed)} models computed, the others can't have changed",
        ]
    )


def _where(change: Change) -> str:
    context = formats.context(change.context) if change.context else ""
    return " ".join(part for part in (change.quant, context) if part)


def _sides(change: Change) -> tuple[str, str, str]:
    """Old, new and by how much, in the figure's own unit to the last digit."""
    old, new = ("none" if side is None else formats.number(side) for side in (change.old, change.new))
    if change.old is None or change.new is None:
        return old, new, ""
    part = f" ({(change.new - change.old) / change.old:+.2%})" if change.old else ""
    return old, new, f"{change.new - change.old:+,}{part}"


def kinds_table(found: Likeness) -> Table:
    """How much of each kind of page is its own."""
    table = _table("Phrases that stand on no other listed page", "pages", "count", "least", "on average")
    for kind in found.kinds:
        shares = formats.percent(kind.least_own), formats.percent(kind.mean_own)
        table.add_row(kind.name, formats.number(kind.pages), *shares)
    return table


def pairs_table(found: Likeness) -> Table:
    """Pairs of pages that say nearly the same."""
    table = _table("Pages that are alike", "page", "other page", "common phrases", text=2)
    for pair in found.pairs:
        table.add_row(pair.one, pair.other, formats.percent(pair.share))
    return table


def likeness_summary(found: Likeness, above: float) -> str:
    """One line: how many pairs of how many."""
    pairs = found.pages * (found.pages - 1) // 2
    return (
        f"{formats.number(len(found.pairs))} of {formats.number(pairs)} pairs of {formats.number(found.pages)} pages "
        f"have more than {formats.percent(above)} of their phrases in common"
    )


def spans(numbers: Sequence[int]) -> str:
    """Ascending numbers with neighbours joined: ``0-3, 7``."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)


def _table(title: str, *headings: str, text: int = 1) -> Table:
    """A table whose first ``text`` columns hold words and the others figures."""
    table = Table(title=title, title_justify="left")
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="left" if index < text else "right")
    return table
