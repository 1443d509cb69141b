"""Curves: what is written beside the lines isn't written over them."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from generator.pages.page import CurveChart, CurveLine, CurvePoint, Mark
from generator.render.curves import curve_chart

PHONE = 350
"""Pixels that a chart has on a phone of 390."""
LETTER = 8
"""Pixels that a letter of 13 takes at most, on average."""


@pytest.mark.parametrize("names", [("24 GB", "48 GB"), ("288 GB", "2 × 288 GB")])
def test_lines_end_before_the_names_of_memory_sizes_on_a_phone(names: tuple[str, str]) -> None:
    lines = tuple(
        CurveLine(f"Q{bits}", tuple(CurvePoint(2**k, f"{2**k}", bits * 10**9 + k * 10**9, "") for k in range(11, 18)))
        for bits in (4, 8)
    )
    marks = tuple(Mark(name, size * 10**9, name) for name, size in zip(names, (12, 24), strict=True))
    drawn = curve_chart(CurveChart("title", "description", lines, marks))
    paths = re.findall(r'class="(?:line|other)"[^>]* d="M([^"]*)"', drawn)
    ends = [float(path.rsplit("L", 1)[1].split()[0]) / 1000 * PHONE for path in paths]
    assert len(ends) == len(lines)
    assert max(ends) <= PHONE - LETTER * max(map(len, names))


def test_lines_tell_what_they_end_at_where_no_memory_size_is_near() -> None:
    points = tuple(CurvePoint(2**k, f"{2**k}", k * 10**7, f"{10 * k} MB") for k in range(11, 14))
    lines = (CurveLine("BF16", points), CurveLine("Q4_0", tuple(replace(each, size_bytes=10**8) for each in points)))
    near, far = (Mark(f"{mb} MB", mb * 10**6, f"{mb} MB") for mb in (120, 8000))
    told = {
        mark.name: "130 MB" in curve_chart(CurveChart("title", "description", lines, (mark,))) for mark in (near, far)
    }
    assert told == {near.name: False, far.name: True}
