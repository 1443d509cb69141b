"""Tables for the terminal that set our figures beside others'."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from generator import formats
from generator.review.gguf_file import FileReview


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
