"""The header of a GGUF file: metadata and the list of tensors, without a byte of their data.

Layout: ggml's docs/gguf.md. The ``gguf`` package reads the same, but maps the whole file, needs numpy and takes
a step for each of a vocabulary's 262,144 tokens; tests hold this reader equal to what that package writes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

from generator.memory.errors import MemoryModelError
from generator.memory.quantization import block_format

TENSOR_TYPES = {
    0: "f32", 1: "f16", 2: "q4_0", 3: "q4_1", 4: "q4_2", 5: "q4_3", 6: "q5_0", 7: "q5_1", 8: "q8_0", 9: "q8_1", 10:
    "q2_k", 11: "q3_k", 12: "q4_k", 13: "q5_k", 14: "q6_k", 15: "q8_k", 16: "iq2_xxs", 17: "iq2_xs", 18: "iq3_xxs",
    19: "iq1_s", 20: "iq4_nl", 21: "iq3_s", 22: "iq2_s", 23: "iq4_xs", 24: "i8", 25: "i16", 26: "i32", 27: "i64",
    28: "f64", 29: "iq1_m", 30: "bf16", 31: "q4_0_4_4", 32: "q4_0_4_8", 33: "q4_0_8_8", 34: "tq1_0", 35: "tq2_0",
    36: "iq4_nl_4_4", 37: "iq4_nl_4_8", 38: "iq4_nl_8_8", 39: "mxfp4", 40: "nvfp4", 41: "q1_0",
}  # fmt: skip
"""Names of ``enum ggml_type`` in ggml.h, by number."""

FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M",
    13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS",
    21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S",
    29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 38: "MXFP4_MOE",
}  # fmt: skip
"""Names of ``enum llama_ftype`` in llama.h as ``general.file_type`` gives it."""

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_LONGEST_TEXT = 1 << 26
_LONGEST_LIST = 1 << 16
_PART = re.compile(r"(?P<stem>.*)-\d{5}-of-(?P<count>\d{5})\.gguf")


class GgufError(Exception):
    """A file that can't be used; says which and why."""


@dataclass(frozen=True, slots=True)
class FileTensor:
    """One tensor of a file: name, shape (row length first) and stored type, as ggml spells it in lower case."""

    name: str
    shape: tuple[int, ...]
    type: str

    @property
    def size(self) -> int:
        """Bytes of the tensor's data. Raises GgufError where the type's layout isn't known."""
        try:
            return block_format(self.type).size(prod(self.shape))
        except MemoryModelError as error:
            raise GgufError(f"tensor {self.name}: {error}") from error


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """Metadata by key and all tensors in file order; of a list too long to matter here, only the length is kept.

    lengths : number of elements of each metadata list
    """

    path: Path
    metadata: dict[str, Any]
    lengths: dict[str, int]
    tensors: tuple[FileTensor, ...]

    @property
    def architecture(self) -> str:
        """llama.cpp's name of the architecture, empty where the file has none."""
        return str(self.metadata.get("general.architecture", ""))

    @property
    def quant(self) -> str | None:
        """The mix that the file says it holds, None where it says nothing that has a name."""
        return FILE_TYPES.get(self.metadata.get("general.file_type", -1))

    def value(self, key: str, default: Any = None) -> Any:
        """The value of a key of the file's own architecture: ``block_count`` for ``llama.block_count``."""
        return self.metadata.get(f"{self.architecture}.{key}", default)

    def tensor(self, name: str) -> FileTensor | None:
        """The tensor called ``name``."""
        return next((tensor for tensor in self.tensors if tensor.name == name), None)


def read_header(path: Path) -> GgufHeader:
    """Metadata and tensors of a file, of all parts where the model is split into several.

    Raises GgufError where the file is missing, no GGUF file, cut off within its header, or lacks a part.
    """
    first = _read(path)
    count = first.metadata.get("split.count", 1)
    if count in (0, 1):
        return first
    match = _PART.fullmatch(path.name)
    if match is None or int(match["count"]) != count:
        raise GgufError(f"{path}: is one of {count} parts; name them NAME-00001-of-{count:05}.gguf and so on")
    parts = [_read(path.with_name(f"{match['stem']}-{i:05}-of-{count:05}.gguf")) for i in range(1, count + 1)]
    return GgufHeader(path, parts[0].metadata, parts[0].lengths, tuple(t for part in parts for t in part.tensors))


def _read(path: Path) -> GgufHeader:
    try:
        with path.open("rb") as file:
            return _Reader(file, path).header()
    except OSError as error:
        raise GgufError(f"{path}: can't be read ({error.strerror})") from error


class _Reader:
    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file, self._path = file, path

    def header(self) -> GgufHeader:
        if self._file.read(4) != b"GGUF":
            raise GgufError(f"{self._path}: is no GGUF file (it doesn't start with 'GGUF')")
        version = self._number("I")
        if version not in (2, 3):
            raise GgufError(f"{self._path}: GGUF version {version}; known are 2 and 3, little-endian")
        tensors, entries = self._number("Q"), self._number("Q")
        metadata: dict[str, Any] = {}
        lengths: dict[str, int] = {}
        for _ in range(entries):
            key = self._text()
            kind = self._number("I")
            if kind == _ARRAY:
                lengths[key], metadata[key] = self._list()
            else:
                metadata[key] = self._value(kind)
        return GgufHeader(self._path, metadata, lengths, tuple(self._tensors(tensors)))

    def _tensors(self, count: int) -> Iterator[FileTensor]:
        for _ in range(count):
            name = self._text()
            dimensions = self._number("I")
            if dimensions > 4:
                raise GgufError(f"{self._path}: tensor {name} has {dimensions} dimensions; at most 4 are possible")
            shape = tuple(self._number("Q") for _ in range(dimensions))
            kind = self._number("I")
            self._number("Q")
            if kind not in TENSOR_TYPES:
                raise GgufError(f"{self._path}: tensor {name} has the unknown type {kind}")
            yield FileTensor(name, shape, TENSOR_TYPES[kind])

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._text()
        if kind not in _SCALARS:
            raise GgufError(f"{self._path}: unknown kind of metadata {kind}")
        return self._number(_SCALARS[kind])

    def _list(self) -> tuple[int, list[Any] | None]:
        """Length and values, None for the values of a long list, which is passed over."""
        kind, count = self._number("I"), self._number("Q")
        if count <= _LONGEST_LIST:
            return count, [self._value(kind) for _ in range(count)]
        if kind in _SCALARS:
            self._file.seek(count * struct.calcsize(f"<{_SCALARS[kind]}"), 1)
        elif kind == _STRING:
            for _ in range(count):
                self._file.seek(self._length(), 1)
        else:
            raise GgufError(f"{self._path}: a list of {count} values of kind {kind}")
        return count, None

    def _text(self) -> str:
        return self._bytes(self._length()).decode("utf-8", "replace")

    def _length(self) -> int:
        length: int = self._number("Q")
        if length > _LONGEST_TEXT:
            raise GgufError(f"{self._path}: a text of {length} bytes; the header is damaged")
        return length

    def _number(self, code: str) -> Any:
        return struct.unpack(f"<{code}", self._bytes(struct.calcsize(f"<{code}")))[0]

    def _bytes(self, count: int) -> bytes:
        found = self._file.read(count)
        if len(found) < count:
            raise GgufError(f"{self._path}: ends within its header")
        return found
