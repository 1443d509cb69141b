"""Models that hardware runs, as tables hold hundreds of them: rows of fixed columns, their texts worked out beforehand."""

from __future__ import annotations

from msgspec import Struct


class Whole(Struct, frozen=True):
    """A model at the best quantization that runs on some hardware.

    quantization : slug. name : that of the quantization. called : the same, with the engine where it isn't llama.cpp.
    context : the largest that surely fits, tokens. speed : tokens a second. pace : what that is like.
    takes : at the short context, of the fullest device. size : the model's parameters.
    """

    quantization: str
    name: str
    called: str
    context: str
    speed: str
    pace: str
    takes: str
    size: str


class Beside(Struct, frozen=True):
    """A model at its usual quantization with a part in system memory.

    how : which part. device, host : what either holds, the latter also in bytes, rounded, to order by.
    """

    name: str
    how: str
    speed: str
    pace: str
    device: str
    host: str
    host_bytes: int
    size: str


class FittingRow(Struct, frozen=True):
    """A model that fits: its name, and where that and the quantization lead."""

    model: str
    path: str
    quantization_path: str
    run: Whole


class BesideRow(Struct, frozen=True):
    """A model with a part in system memory: its name, and where that leads."""

    model: str
    path: str
    run: Beside


class ModelTable(Struct, frozen=True):
    """A table of either; columns after the first hold numbers unless ``texts`` names them by index.

    folded : whether it is folded away behind its caption.
    """

    caption: str
    columns: tuple[str, ...]
    texts: frozenset[int]
    fitting: tuple[FittingRow, ...] = ()
    beside: tuple[BesideRow, ...] = ()
    folded: bool = False
