"""What models that read images need besides, which no total holds."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats
from generator.pages.facts import Facts

VISION_PARAMETER_BYTES = 2
"""Encoders stay in 16 bits in most releases."""


def vision_beside(found: Facts) -> Iterator[str]:
    """The size of the encoder, and when it is loaded."""
    model = found.subject.model
    if model.modality != "vision":
        return
    counted = model.parameters_vision
    size = f", {formats.size(counted * VISION_PARAMETER_BYTES)} in 16 bits," if counted else ""
    when = "if images are to be read (its mmproj file)" if found.engine == "llama.cpp" else "as it loads with the rest"
    yield f"The vision part of {found.name}{size} comes on top {when}."
