"""What a build says when it is done."""

from __future__ import annotations

from collections.abc import Mapping

from generator.publish.options import Result

MOST_NAMES = 20


def build_summary(result: Result, place: str) -> str:
    """Pages, bytes, seconds and what changed; pages by kind; what lies there that no build wrote."""
    rate = result.built / result.seconds if result.seconds else 0
    lines = [
        f"{place}: {result.pages:,} pages, {result.total_bytes / 1e6:,.1f} MB in {result.seconds:.1f} s "
        f"({result.built:,} rendered, {rate:,.0f} pages/s); "
        f"{result.changed:,} files changed, {result.removed:,} removed"
    ]
    kinds = (f"{kind} {count:,} ({result.indexable[kind]:,} indexable)" for kind, count in sorted(result.kinds.items()))
    if result.kinds:
        lines.append(f"pages by kind: {', '.join(kinds)}")
    if result.twins is not None:
        lines.append(f"precompressed: {result.twins:,} files")
    return "\n".join([*lines, *_left_alone(result)])


def peaks_text(peaks: Mapping[str, int]) -> str:
    """The most memory that this process and its largest worker have had."""
    return f"peak memory: {peaks['process'] / 1e6:,.0f} MB, of the largest worker {peaks['worker'] / 1e6:,.0f} MB"


def check_report(result: Result, place: str) -> str:
    """Which files aren't what would be built."""
    count = result.differing
    lines = [f"{place}: {count:,} files are not what would be built: {_listed(sorted(result.different), count)}"]
    return "\n".join([*lines, *_left_alone(result)])


def _left_alone(result: Result) -> list[str]:
    count = len(result.strangers)
    return [f"left alone, as no build wrote it: {_listed(result.strangers, count)}"] if count else []


def _listed(names: list[str], count: int) -> str:
    more = count - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")
