"""The names that people type for hardware: ``RTX 4090``, ``nvidia 4090``, ``M4 Max 64 GB``, ``2x RTX 3090``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from generator.catalog.device import Device
from generator.catalog.group import DeviceGroup
from generator.catalog.names import normalized

MAKERS = (
    *("nvidia", "geforce", "tesla", "quadro", "rtx", "gtx", "amd", "radeon", "instinct", "ryzen", "rx"),
    *("intel", "arc", "apple"),
)
"""Words before a name that people write or leave out."""

SERIES = frozenset({"ai", "pro"})
"""Words of AMD's and Intel's names that people leave out too."""

FORMS = frozenset(
    {"generation", "edition", "workstation", "blackwell", "gpu", "pcie", "sxm", "sxm2", "sxm4", "sxm5", "hbm3"}
)
"""Words that people leave out wherever they stand: how a device is built, and what all of its kind are called."""

_MAKER = re.compile(f"(?:(?:{'|'.join(MAKERS)})-?)+")
_WORDS = re.compile(r"[0-9.]+ GB\b|\S+")
_ASIDE = re.compile(r"\(.*?\)")


def without_maker(name: str) -> str:
    """A ``normalized`` name without the words before it that don't count; the name itself where nothing is left."""
    return _MAKER.sub("", name, 1) if _MAKER.match(name) and not _MAKER.fullmatch(name) else name


def device_names(devices: Iterable[Device], asked: Iterable[str]) -> dict[str, tuple[Device, ...]]:
    """Names, ``normalized`` and without maker, each with what it means: one device, or those that memory tells apart.

    Of several the one that leaves out fewest words is meant, of those with the same memory the one that ``asked``
    (slugs) has, else the first.
    """
    claims: dict[str, dict[str, tuple[int, Device]]] = {}
    for device in devices:
        for name, left_out in _names(device):
            claim = claims.setdefault(without_maker(normalized(name)), {})
            if device.slug not in claim or left_out < claim[device.slug][0]:
                claim[device.slug] = left_out, device
    wanted = frozenset(asked)
    return {name: _meant(tuple(claim.values()), wanted) for name, claim in claims.items()}


def group_names(names: Mapping[str, tuple[Device, ...]], groups: Iterable[DeviceGroup]) -> dict[str, DeviceGroup]:
    """Names of groups, ``normalized``: how many, and a name that means their device alone, after its maker or not."""
    of = {(group.device, group.count): group for group in groups}
    counts = sorted({count for _, count in of})
    return {
        normalized(f"{count}x {maker} {name}"): of[meant[0].slug, count]
        for name, meant in names.items()
        for count in counts
        if len(meant) == 1 and (meant[0].slug, count) in of
        for maker in ("", *_split(meant[0])[0])
    }


def _split(device: Device) -> tuple[list[str], list[str]]:
    """The words of a name that its maker put before it, and the rest, a memory size as one word."""
    words = _WORDS.findall(_ASIDE.sub("", device.name))
    own = next((at for at, word in enumerate(words) if word.lower() not in MAKERS), 0)
    return words[:own], words[own:]


def _names(device: Device) -> Iterator[tuple[str, int]]:
    """Every name of a device, with how many words of its own it leaves out."""
    yield device.slug, 0
    yield device.name, 0
    _, own = _split(device)
    series = () if device.vendor in ("nvidia", "apple") else SERIES
    optional = [word.lower() in (*FORMS, *series) or word.endswith(" GB") for word in own]
    memory = [] if any(word.endswith(" GB") for word in own) else [f"{device.memory_gb_marketed:g} GB"]
    for kept in product(*((True, False) if may_go else (True,) for may_go in optional)):
        rest = [word for word, stays in zip(own, kept, strict=True) if stays]
        for name in (" ".join(rest), " ".join([*rest, *memory])):
            yield name, len(own) - len(rest)
            yield name.replace("+", ""), len(own) - len(rest)


def _meant(claims: tuple[tuple[int, Device], ...], asked: frozenset[str]) -> tuple[Device, ...]:
    fewest = min(left_out for left_out, _ in claims)
    found = tuple(device for left_out, device in claims if left_out == fewest)
    if len({device.memory_gb_marketed for device in found}) > 1:
        return found
    return (next((device for device in found if device.slug in asked), found[0]),)
