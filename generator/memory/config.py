"""Strict reading of Hugging Face config fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from generator.memory.errors import ConfigError

_LARGEST = 1 << 40


class Config:
    """A Hugging Face config with typed access; what is missing or impossible is named in the error."""

    def __init__(self, fields: object, prefix: str = "") -> None:
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

    def mentions(self, name: str) -> bool:
        """Whether the field is present, be it null."""
        return name in self._fields

    def require(self, *names: str) -> None:
        """Refuse a config that lacks one of ``names``: transformers' defaults for them are a model's own sizes."""
        for name in names:
            if not self.has(name):
                raise ConfigError(self._prefix + name, None, "required")

    def nested(self, name: str) -> Config | None:
        """A sub-object, or None where absent."""
        value = self._fields.get(name)
        return None if value is None else Config(value, f"{self._prefix}{name}.")

    def named(self, model_type: str) -> Config:
        """This config with ``model_type`` as given."""
        return Config(self._fields | {"model_type": model_type}, self._prefix)

    def overlaid(self, outer: Config, *names: str) -> Config:
        """This config with the fields ``names`` as ``outer`` has them, where it does."""
        return Config(self._fields | {name: outer.raw(name) for name in names if outer.has(name)}, self._prefix)

    def integer(self, *names: str, default: int | None = None, minimum: int = 1) -> int:
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
        if default is None:
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

    def layer_types(self, length: int, known: Collection[str]) -> tuple[str, ...] | None:
        """``layer_types`` checked against the ``known`` ones; None where absent."""
        return self.choices("layer_types", length, known)

    def choices(self, name: str, length: int, known: Collection[str]) -> tuple[str, ...] | None:
        """A list of ``length`` names, each one of ``known``; None where absent."""
        values = self.sequence(name, length)
        if values is None:
            return None
        for index, value in enumerate(values):
            if value not in known:
                allowed = f"not known; known here: {', '.join(sorted(known))}"
                raise ConfigError(f"{self._prefix}{name}[{index}]", value, allowed)
        return tuple(str(value) for value in values)

    def integers(self, name: str, length: int | None = None, minimum: int = 0) -> tuple[int, ...] | None:
        """A list of integers of at least ``minimum``, ``length`` of them where given; None where absent."""
        values = self.sequence(name, length)
        if values is None:
            return None
        for index, value in enumerate(values):
            if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= _LARGEST:
                raise ConfigError(f"{self._prefix}{name}[{index}]", value, f"must be an integer of at least {minimum}")
        return tuple(int(value) for value in values if isinstance(value, int))

    def refuse(self, name: str, allowed: str) -> ConfigError:
        """An error about field ``name``'s present value."""
        return ConfigError(self._prefix + name, self.raw(name), allowed)
