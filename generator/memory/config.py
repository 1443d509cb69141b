"""Strict reading of Hugging Face config fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generator.memory.errors import ConfigError

_MISSING = object()
_LARGEST = 1 << 40


class Config:
    """A Hugging Face config with typed access; what is missing or impossible is named in the error."""

    def __init__(self, fields: Mapping[str, object], prefix: str = "") -> None:
        if not isinstance(fields, Mapping):
            raise ConfigError(prefix.rstrip(".") or "config", fields, "must be an object")
        self._fields = dict(fields)
        self._prefix = prefix

    def raw(self, name: str, default: object = None) -> object:
        """The value as it stands, ``default`` where absent or null."""
        value = self._fields.get(name)
        return default if value is None else value

    def has(self, name: str) -> bool:
        """Whether the field is present and not null."""
        return self._fields.get(name) is not None

    def nested(self, name: str) -> Config | None:
        """A sub-object, or None where absent."""
        value = self._fields.get(name)
        return None if value is None else Config(value, f"{self._prefix}{name}.")

    def overlaid(self, outer: Config, *names: str) -> Config:
        """This config with the fields ``names`` as ``outer`` has them, where it does."""
        return Config(self._fields | {name: outer.raw(name) for name in names if outer.has(name)}, self._prefix)

    def integer(self, *names: str, default: int | object = _MISSING, minimum: int = 1) -> int:
        """The first of ``names`` that is present, as an integer of at least ``minimum``."""
        for name in names:
            value = self._fields.get(name)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int):
                raise ConfigError(self._prefix + name, value, "must be an integer")
            if not minimum <= value <= _LARGEST:
                raise ConfigError(self._prefix + name, value, f"must be an integer from {minimum} to {_LARGEST}")
            return value
        if default is _MISSING:
            raise ConfigError(self._prefix + names[0], None, f"required: an integer of at least {minimum}")
        return default

    def number(self, name: str, default: float) -> float:
        """A real number."""
        value = self.raw(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ConfigError(self._prefix + name, value, "must be a number")
        return float(value)

    def flag(self, name: str, default: bool) -> bool:
        """A boolean."""
        value = self.raw(name, default)
        if not isinstance(value, bool):
            raise ConfigError(self._prefix + name, value, "must be true or false")
        return value

    def text(self, name: str, default: str = "") -> str:
        """A string."""
        value = self.raw(name, default)
        if not isinstance(value, str):
            raise ConfigError(self._prefix + name, value, "must be a string")
        return value

    def sequence(self, name: str, length: int | None = None) -> Sequence[object] | None:
        """A list, of ``length`` items where given; None where absent."""
        value = self._fields.get(name)
        if value is None:
            return None
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise ConfigError(self._prefix + name, value, "must be a list")
        if length is not None and len(value) != length:
            raise ConfigError(self._prefix + name, f"{len(value)} items", f"must have {length} items, one a layer")
        return value

    def layer_types(self, length: int, known: Mapping[str, object]) -> tuple[str, ...] | None:
        """``layer_types`` checked against the ``known`` ones; None where absent."""
        types = self.sequence("layer_types", length)
        if types is None:
            return None
        for index, kind in enumerate(types):
            if kind not in known:
                allowed = f"not known; known here: {', '.join(sorted(known))}"
                raise ConfigError(f"{self._prefix}layer_types[{index}]", kind, allowed)
        return tuple(str(kind) for kind in types)

    def refuse(self, name: str, allowed: str) -> ConfigError:
        """An error about field ``name``'s present value."""
        return ConfigError(self._prefix + name, self.raw(name), allowed)
