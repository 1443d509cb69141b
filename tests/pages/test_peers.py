"""What sets hardware apart: peers hold as much, and sentences tell how they differ by the figures of the data."""

from __future__ import annotations

import pytest

from generator.pages.devices.apart import apart
from generator.pages.devices.peers import AS_LARGE, nearest, peers
from generator.placement.holding import holders
from tests.sample_site import atlas

DEVICES = ("rtx-3090", "rtx-4090", "rtx-4060", "rtx-a6000", "apple-m2-16gb", "h100-sxm-80gb", "rx-7900-xtx")


def text(slug: str) -> str:
    (section,) = apart(atlas(), holders(atlas().catalog)[slug])
    return " ".join(section.sentences).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("slug", DEVICES)
def test_peers_hold_as_much_and_none_is_the_device_itself(slug: str) -> None:
    device = atlas().catalog.devices[slug]
    found = peers(atlas(), device)
    assert found
    assert device.slug not in {other.slug for other in found}
    for other in found:
        assert abs(other.memory_bytes / device.memory_bytes - 1) <= AS_LARGE
        assert other.unified_memory == device.unified_memory


@pytest.mark.parametrize("slug", DEVICES)
def test_the_nearest_stand_on_either_side_fastest_first(slug: str) -> None:
    device = atlas().catalog.devices[slug]
    rates = [other.bandwidth_gb_s or 0 for other in nearest(atlas().catalog, device, peers(atlas(), device))]
    assert rates == sorted(rates, reverse=True)
    assert sum(rate >= (device.bandwidth_gb_s or 0) for rate in rates) <= 2
    assert sum(rate < (device.bandwidth_gb_s or 0) for rate in rates) <= 2


def test_a_3090_reads_seven_percent_slower_than_a_4090_and_can_be_bridged() -> None:
    found = text("rtx-3090")
    assert "7.1% slower than on the RTX 4090" in found
    assert "NVLink bridge joins it to others of its kind" in found


def test_formats_that_a_generation_runs_and_another_does_not_are_told_from_both_sides() -> None:
    assert "run on it and not on the AMD Radeon RX 7900 XTX" in text("rtx-4090")
    assert "and not on it" in text("rx-7900-xtx")


def test_a_card_that_reads_as_fast_is_told_by_what_else_differs() -> None:
    assert (
        "The RTX 4070 SUPER gives the same tokens a second; it reads prompts 22% faster, draws 20 W more and came "
        "later, in January 2024." in text("rtx-4070")
    )


def test_several_cards_read_no_faster_than_one() -> None:
    found = text("2x-rtx-3090")
    assert "2 × RTX 3090 hold more than one but read no faster, 936 GB/s" in found
    assert "instead reports 48.0 GiB against 2 × 24.0 GiB" in found


def test_no_two_devices_are_told_apart_in_the_same_words() -> None:
    said = {}
    for slug, holder in holders(atlas().catalog).items():
        for section in apart(atlas(), holder):
            said[slug] = " ".join(section.sentences)
    assert len(set(said.values())) == len(said)
