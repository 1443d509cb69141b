"""What a shelf's file gives back: what was written, what was added, and nothing that is stale or half."""

from __future__ import annotations

from generator.publish.kept.shelf import Shelf
from generator.scenarios import Atlas, Figures

NAMES = {"part": ["engines"]}


def make(atlas: Atlas, figures: Figures) -> str:
    return ""


def part(values: dict[str, str], inputs: str = "now") -> bytes:
    shelf = Shelf(make)
    shelf.reads.note("part", "engines")
    for key, value in values.items():
        shelf.add(key, value)
    return shelf.packed(values.keys(), NAMES, inputs)


def read(file: bytes) -> Shelf | None:
    return Shelf.unpacked(file, lambda names, inputs: (names, inputs) == (NAMES, "now"))


MANY = {str(number): f"value {number}" for number in range(200)}


def test_what_was_added_is_read_with_the_rest() -> None:
    shelf = read(part(MANY) + part({"new": "one more"}))
    assert shelf
    assert shelf.digests.keys() == MANY.keys() | {"new"}
    assert shelf.values == MANY | {"new": "one more"}
    assert (shelf.make, dict(shelf.reads.asked), shelf.news, shelf.added) == (make, {"part": {"engines"}}, set(), 1)


def test_equal_values_have_equal_digests_wherever_they_stand() -> None:
    shelf = read(part({"a": "x", "b": "y"}) + part({"c": "x"}))
    assert shelf
    assert shelf.digests["a"] == shelf.digests["c"] != shelf.digests["b"]


def test_a_part_that_rests_on_something_else_is_left_out() -> None:
    shelf = read(part(MANY, "before") + part({"new": "one more"}))
    assert shelf
    assert shelf.values == {"new": "one more"}
    assert read(part(MANY, "before")) is None


def test_half_a_part_is_left_out_and_the_file_written_anew() -> None:
    whole, last = part(MANY), part({"new": "one more"})
    for length in (1, 8, 20, 24, len(last) - 1):
        shelf = read(whole + last[:length])
        assert shelf
        assert (shelf.values, shelf.added) == (MANY, None)
        assert not shelf.grows
    broken = read(whole + last[:-1] + b"?" + last)
    assert broken
    assert (broken.values, broken.added) == (MANY, None)


def test_a_file_grows_by_a_twentieth_of_the_values_and_is_written_anew_then() -> None:
    shelf = read(part(MANY))
    assert shelf
    for number in range(9):
        shelf.add(f"new {number}", "")
        assert shelf.grows
        shelf.kept()
    shelf.add("new", "")
    shelf.add("newer", "")
    assert not shelf.grows
    shelf.kept()
    assert (shelf.added, shelf.news) == (0, set())


def test_a_file_of_few_values_grows_by_some_all_the_same() -> None:
    shelf = read(part({"a": "x"}))
    assert shelf
    shelf.add("b", "y")
    assert shelf.grows
    for number in range(8):
        shelf.add(f"new {number}", "")
    assert not shelf.grows
