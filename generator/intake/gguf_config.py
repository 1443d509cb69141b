"""From a GGUF file's metadata back to the Hugging Face config behind it, as far as memory depends on it.

Whether the config describes the file is settled by the tensors: a file whose tensors aren't those of the config
is refused, as is an architecture without a row in ``gguf_readings``.
"""

from __future__ import annotations

from typing import Any

from generator.intake.gguf_header import GgufError, GgufHeader
from generator.intake.gguf_readings import COMMON, READINGS
from generator.memory.architecture import Architecture, from_config
from generator.memory.errors import MemoryModelError


def config_from_gguf(header: GgufHeader) -> dict[str, Any]:
    """The config fields of a file's model, in alphabetic order.

    Raises GgufError where the architecture has no row in ``READINGS``, the file lacks what its row needs, or its
    tensors aren't those that the config describes.
    """
    reading = READINGS.get(header.architecture)
    if reading is None:
        known = ", ".join(READINGS)
        raise GgufError(
            f"{header.path}: general.architecture = {header.architecture!r}: its metadata can't be read as a config; "
            f"known are {known}. Give the model's config.json instead"
        )
    model_type = reading.model_type if isinstance(reading.model_type, str) else reading.model_type(header)
    found: dict[str, Any] = {"model_type": model_type}
    for name, rule in (COMMON | dict(reading.fields)).items():
        value = header.value(rule) if isinstance(rule, str) else rule(header)
        if value is not None or name in reading.nullable:
            found[name] = value
    config = dict(sorted(found.items()))
    try:
        architecture = from_config(config)
    except MemoryModelError as error:
        raise GgufError(f"{header.path}: the metadata gives no whole config: {error}") from error
    _refuse_other_tensors(header, architecture)
    return config


def tensor_differences(header: GgufHeader, architecture: Architecture) -> tuple[str, ...]:
    """Tensors by which the file and the model differ in name or shape, in words; the MTP blocks may be left out."""
    ours = {t.full_name: _plain(t.shape) for t in architecture.tensors(carries_mtp(header, architecture))}
    theirs = {t.name: _plain(t.shape) for t in header.tensors}
    return tuple(
        f"{name}: {_words(theirs.get(name))} in the file, {_words(ours.get(name))} by the config"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    )


def _plain(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape without the ones at its end, which say nothing."""
    while len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    return shape


def _words(shape: tuple[int, ...] | None) -> str:
    return "not there" if shape is None else " x ".join(str(size) for size in shape)


def carries_mtp(header: GgufHeader, architecture: Architecture) -> bool:
    """Whether the file holds the model's multi-token-prediction blocks."""
    first = f"blk.{architecture.num_layers}."
    return bool(architecture.mtp_layers) and any(tensor.name.startswith(first) for tensor in header.tensors)


def _refuse_other_tensors(header: GgufHeader, architecture: Architecture) -> None:
    differing = tensor_differences(header, architecture)
    if differing:
        raise GgufError(
            f"{header.path}: the config read from the metadata describes other tensors than the file holds "
            f"({len(differing)} differ, first {differing[0]}). Give the model's config.json instead"
        )
