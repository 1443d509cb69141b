"""How figures are written, at the edges where their unit or their digits change."""

from __future__ import annotations

import pytest

from generator import formats


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 kB"),
        (524_288, "524 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (149_600_000, "150 MB"),
        (850_000_000, "850 MB"),
        (999_499_999, "999 MB"),
        (999_500_000, "1.00 GB"),
        (4_294_967_296, "4.29 GB"),
        (9_994_999_999, "9.99 GB"),
        (9_995_000_000, "10.0 GB"),
        (516_697_686_016, "516.7 GB"),
        (999_949_999_999, "999.9 GB"),
        (999_950_000_000, "1,000 GB"),
        (2_061_584_302_080, "2,062 GB"),
    ],
)
def test_a_size_keeps_three_digits_and_its_unit(count: int, text: str) -> None:
    assert formats.size(count) == text.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("count", "text"),
    [(512 << 20, "512 MiB"), (1 << 30, "1.0 GiB"), (24564 << 20, "24.0 GiB"), (-(3 << 30), "-3.0 GiB")],
)
def test_a_device_is_compared_in_binary_units(count: int, text: str) -> None:
    assert formats.gib(count) == text.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (17_900_000_000, 19_200_000_000, "17.9 to 19.2 GB"),
        (900_000_000, 1_100_000_000, "900 MB to 1.10 GB"),
        (18_401_000_000, 18_402_000_000, "18.4 GB"),
    ],
)
def test_a_range_names_a_shared_unit_once(low: int, high: int, text: str) -> None:
    assert formats.span(low, high).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("tokens", "text"), [(2048, "2K"), (131_072, "128K"), (10_485_760, "10M"), (40_960, "40K"), (50_000, "50,000")]
)
def test_a_context_counts_in_1024(tokens: int, text: str) -> None:
    assert formats.context(tokens) == text


@pytest.mark.parametrize(
    ("count", "full", "short"),
    [
        (268_098_176, "268M", "0.3B"),
        (8_030_261_248, "8.03B", "8B"),
        (17_174_615_040, "17.2B", "17B"),
        (107_769_861_120, "108B", "108B"),
        (671_026_419_200, "671B", "671B"),
        (1_026_408_232_448, "1.03T", "1T"),
    ],
)
def test_parameters_are_written_as_models_are_called(count: int, full: str, short: str) -> None:
    assert formats.parameters(count) == full
    assert formats.short_parameters(count) == short


@pytest.mark.parametrize(
    ("part", "text"),
    [(0.0, "0%"), (0.00003, "0.003%"), (0.003, "0.3%"), (0.041, "4.1%"), (0.12, "12%"), (-0.5, "−50%")],
)
def test_a_share_never_shows_a_difference_as_none(part: float, text: str) -> None:
    assert formats.percent(part) == text


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        (formats.bandwidth, 1008.0, "1,008 GB/s"),
        (formats.bandwidth, 31.504, "31.5 GB/s"),
        (formats.bandwidth, 63.0, "63 GB/s"),
        (formats.teraflops, 165.2, "165"),
        (formats.teraflops, 6.7, "6.7"),
        (formats.dollars, 1600.0, "$1,600"),
        (formats.dollars_an_hour, 22.32, "$22.32"),
        (formats.dollars_an_hour, 28.0, "$28.00"),
        (formats.token_rate_span, 9.5, "9.5 to 19"),
    ],
)
def test_figures_of_hardware_keep_their_unit_and_no_needless_digit(function, value: float, text: str) -> None:
    shown = function(value, 2 * value) if function is formats.token_rate_span else function(value)
    assert shown == text.replace(" GB", "\N{NO-BREAK SPACE}GB")


@pytest.mark.parametrize(
    ("part", "text"),
    [(0.12, "+12%"), (-0.00004, "\N{MINUS SIGN}0.004%"), (0.0, "0%"), (-0.5, "\N{MINUS SIGN}50%")],
)
def test_changes_are_signed_however_small(part: float, text: str) -> None:
    assert formats.change(part) == text
