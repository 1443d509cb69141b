"""How figures are written: the one place that turns a number into text.

Sizes are decimal (1 GB = 10^9 bytes), GiB (2^30) where a device is compared. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

KB, MB, GB = 10**3, 10**6, 10**9
GIB, MIB = 1 << 30, 1 << 20
KI, MI = 1 << 10, 1 << 20

KEPT = 4096
"""Texts that are kept: pages write a size several times, and neighbours the same ones."""

NO_BREAK = "\N{NO-BREAK SPACE}"


@lru_cache(maxsize=KEPT)
def size(count: int) -> str:
    """Bytes to three or more digits: ``593 kB`` .. ``850 MB``, ``4.29 GB``, ``18.4 GB``, ``2,062 GB``."""
    if abs(count) < 999_500:
        return f"{count / KB:,.0f}{NO_BREAK}kB"
    if abs(count) < 9_950_000:
        return f"{count / MB:,.1f}{NO_BREAK}MB"
    if abs(count) < 999_500_000:
        return f"{count / MB:,.0f}{NO_BREAK}MB"
    return f"{gigabytes(count)}{NO_BREAK}GB"


def gigabytes(count: int) -> str:
    """Bytes as a bare number of GB, for columns and charts that name the unit once."""
    if abs(count) < 9_995_000_000:
        return f"{count / GB:.2f}"
    if abs(count) < 999_950_000_000:
        return f"{count / GB:.1f}"
    return f"{count / GB:,.0f}"


@lru_cache(maxsize=KEPT)
def gib(count: int) -> str:
    """Bytes in GiB, as drivers and operating systems count: ``23.4 GiB``, ``512 MiB``."""
    if abs(count) < 1_000 * MIB:
        return f"{count / MIB:,.0f}{NO_BREAK}MiB"
    return f"{count / GIB:,.1f}{NO_BREAK}GiB"


@lru_cache(maxsize=KEPT)
def span(low: int, high: int) -> str:
    """Two sizes of one unit: ``17.9 to 19.2 GB``."""
    below, above = size(low), size(high)
    if below == above:
        return above
    if below.endswith("GB") and above.endswith("GB"):
        below = gigabytes(low)
    return f"{below} to {above}"


def number(count: int) -> str:
    """``32,768``."""
    return f"{count:,}"


@lru_cache(maxsize=KEPT)
def tokens(count: int) -> str:
    """``32,768 tokens``."""
    return f"{count:,}{NO_BREAK}token{'' if count == 1 else 's'}"


@lru_cache(maxsize=KEPT)
def context(count: int) -> str:
    """A context as people call it, 1K = 1,024 tokens: ``32K``, ``10M``, or all digits where it is no whole K."""
    if count % MI == 0:
        return f"{count // MI}M"
    if count % KI == 0:
        return f"{count // KI}K"
    return f"{count:,}"


def parameters(count: int) -> str:
    """Parameters to three digits: ``596M``, ``8.03B``, ``109B``, ``1.04T``."""
    for unit, suffix in ((10**12, "T"), (10**9, "B"), (10**6, "M")):
        if count >= 0.9995 * unit:
            value = count / unit
            return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f}{suffix}"
    return f"{count:,}"


def short_parameters(count: int) -> str:
    """Parameters as names have them: ``0.6B``, ``8B``, ``109B``, ``1T``."""
    value, suffix = (count / 10**12, "T") if count >= 999_500_000_000 else (count / 10**9, "B")
    text = f"{value:.1f}" if value < 9.95 else f"{value:.0f}"
    return text.removesuffix(".0") + suffix


def token_rate(per_second: float) -> str:
    """Tokens a second, two digits or whole: ``4.2``, ``58``, ``1,240``."""
    if per_second < 999.5:
        return f"{per_second:.{1 if per_second < 9.95 else 0}f}"
    return f"{float(f'{per_second:.3g}'):,.0f}"


def token_rate_span(low: float, high: float) -> str:
    """``43 to 81`` tokens a second."""
    below, above = token_rate(low), token_rate(high)
    return above if below == above else f"{below} to {above}"


LEAST_SECONDS = 0.1


def duration(seconds: float) -> str:
    """A time as one waits for it: ``0.8 s``, ``12 s``, ``3.5 min``, ``2.0 h``; at least ``0.1 s``."""
    seconds = max(seconds, LEAST_SECONDS)
    if seconds < 9.95:
        return f"{seconds:.1f}{NO_BREAK}s"
    if seconds < 119.5:
        return f"{seconds:.0f}{NO_BREAK}s"
    if seconds < 7170:
        return f"{seconds / 60:.{1 if seconds < 597 else 0}f}{NO_BREAK}min"
    return f"{seconds / 3600:.{1 if seconds < 35_820 else 0}f}{NO_BREAK}h"


def percent(part: float) -> str:
    """A share: ``0.3%``, ``12%``."""
    value = abs(part) * 100
    sign = "\N{MINUS SIGN}" if part < 0 and round(value, 1) else ""
    if value == 0:
        return "0%"
    return f"{sign}{value:.{0 if value >= 9.95 else 1 if value >= 0.095 else 3}f}%"


def share(part: float) -> str:
    """A part of a whole that is shown beside the others: ``47%``, ``1.4%``, ``<0.1%``."""
    return "<0.1%" if 0 < part < 0.000_95 else percent(part)


def change(part: float) -> str:
    """A share of what there was before, signed: ``+12%``, ``\N{MINUS SIGN}0.004%``, ``0%``."""
    sign = "+" if part > 0 else "\N{MINUS SIGN}" if part < 0 else ""
    return sign + percent(abs(part))


def bits(value: float) -> str:
    """Bits a weight: ``4.85``."""
    return f"{value:.2f}"


def decimals(value: float, digits: int) -> str:
    """A figure as its source gives it, to ``digits`` decimals."""
    return f"{value:.{digits}f}"


def times(ratio: float) -> str:
    """A ratio: ``1.0 ×``, ``5.3 ×``, ``120 ×``."""
    return f"{ratio:.{1 if ratio < 9.95 else 0}f}{NO_BREAK}\N{MULTIPLICATION SIGN}"


def index_ranges(indices: tuple[int, ...]) -> str:
    """Ascending numbers with runs joined: ``0–3, 6, 9, 28–31``."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and runs[-1][-1] == index - 1:
            runs[-1][1:] = [index]
        else:
            runs.append([index])
    return ", ".join("\N{EN DASH}".join(map(str, run)) for run in runs)


@lru_cache(maxsize=KEPT)
def memory_class(gigabytes_marketed: float) -> str:
    """A device's memory as it is sold: ``24 GB``, ``141 GB``."""
    return f"{gigabytes_marketed:g}{NO_BREAK}GB"


def smallest_memory(gigabytes_marketed: float | None) -> str:
    """The smallest size that holds something, where there is one: ``24 GB``, else ``several devices``."""
    return "several devices" if gigabytes_marketed is None else memory_class(gigabytes_marketed)


def several_classes(count: int, gigabytes_marketed: float) -> str:
    """Devices of one size together: ``2 \u00d7 288 GB``."""
    return f"{count}{NO_BREAK}\N{MULTIPLICATION SIGN}{NO_BREAK}{memory_class(gigabytes_marketed)}"


LEAST_UNNAMED = 2
"""Parts left out at least where a list is cut short: one is named as soon as counted."""


def listed(parts: Sequence[str], last: str = "and") -> str:
    """``8 GB, 12 GB and 16 GB``, or with another word before the last."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def some_listed(parts: Sequence[str], most: int, rest: str = "more") -> str:
    """All parts, or the first few and how many more there are: ``F16, BF16 and 7 more``."""
    more = len(parts) - most
    return listed(parts if more < LEAST_UNNAMED else [*parts[:most], f"{more} {rest}"])


def capitalized(sentence: str) -> str:
    """``sentence`` with a capital first letter and the rest as it is."""
    return f"{sentence[0].upper()}{sentence[1:]}"


def bandwidth(gigabytes_a_second: float) -> str:
    """Bandwidth in GB of 10^9 bytes: ``1,008 GB/s``, ``15.8 GB/s``."""
    digits = 0 if gigabytes_a_second >= 100 else 1
    return f"{gigabytes_a_second:,.{digits}f}".removesuffix(".0") + f"{NO_BREAK}GB/s"


def teraflops(rate_tflops: float) -> str:
    """Compute in TFLOPS as a bare number, for labels that name the unit: ``165``, ``6.7``, ``1,307``."""
    digits = 0 if rate_tflops >= 100 else 1
    return f"{rate_tflops:,.{digits}f}".removesuffix(".0")


def dollars(price: float) -> str:
    """A price of hardware: ``$1,600``."""
    return f"${price:,.0f}"


def dollars_an_hour(price: float) -> str:
    """A rent: ``$2.95``, ``$22.32``."""
    return f"${price:,.2f}"


def year(release: str) -> str:
    """``2026-04`` -> ``2026``."""
    return release.split("-")[0]


def month(release: str) -> str:
    """``2026-04`` -> ``April 2026``."""
    year, number_of_month = release.split("-")
    return f"{_MONTHS[int(number_of_month) - 1]} {year}"


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
