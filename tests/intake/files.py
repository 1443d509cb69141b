"""Small GGUF files, written by the gguf package."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import gguf
import numpy

Q4_K_M = 15


def write_gguf(
    path: Path,
    architecture: str,
    metadata: Mapping[str, Any],
    tensors: Mapping[str, tuple[int, ...]],
    general: Mapping[str, Any] | None = None,
    types: Mapping[str, str] | None = None,
) -> Path:
    """Write a file whose header is whole and whose data is cut off.

    metadata : by key without the architecture's prefix
    tensors : shape by name, row length first
    types : stored type by tensor name, ``f16`` for the others
    """
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_file_type(Q4_K_M)
    for key, value in [(f"{architecture}.{key}", value) for key, value in metadata.items()] + [
        *(general or {}).items()
    ]:
        _add(writer, key, value)
    for name, shape in tensors.items():
        kind = gguf.GGMLQuantizationType[(types or {}).get(name, "f16").upper()]
        block, size = gguf.GGML_QUANT_SIZES[kind]
        rows = tuple(reversed(shape))
        stored = (*rows[:-1], shape[0] // block * size)
        writer.add_tensor_info(name, stored, numpy.dtype(numpy.uint8), prod(stored), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    return path


def _add(writer: gguf.GGUFWriter, key: str, value: Any) -> None:
    if isinstance(value, bool):
        writer.add_bool(key, value)
    elif isinstance(value, int):
        writer.add_uint32(key, value)
    elif isinstance(value, float):
        writer.add_float32(key, value)
    elif isinstance(value, list):
        writer.add_array(key, value)
    else:
        writer.add_string(key, value)
