"""A flat template as one Python function that gathers a page as bytes.

Page models are frozen values, so ``entry.text`` is Python's own attribute. What a template spells out is put
together beforehand: constants given to macros, loops over lists of its own. Figures and names that stand on many
pages are escaped and encoded once. What has no place here raises Beyond, and Jinja itself renders such a template.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from jinja2 import Environment, nodes

from generator.render.compiled import FUNCTION, Shared, packed
from generator.render.expressions import Beyond, Code, Scope
from generator.render.statements import Block

HEAD = (
    "    out, links = [], set()",
    "    add, link, lead = out.extend, links.add, links.update",
)
WHOLE_HEAD = ("    done = []", *HEAD)
"""Of the function that prints a page: some of its parts are done before the others."""


class Program:
    """The functions of a template, written from its syntax tree.

    environment : whose filters and functions the template may call.
    macros : the template's, by name. outermost : the names that it sets outside of blocks.

    Raises
    ------
    Beyond : the template asks for more than attributes, loops, choices and macros.
    """

    def __init__(self, environment: Environment, tree: nodes.Template, parameters: Sequence[str]) -> None:
        self.environment = environment
        self._shared: Shared = {}
        self.macros = {node.name: node for node in tree.body if isinstance(node, nodes.Macro)}
        self._functions: dict[str, list[str]] = {}
        self._wrapped: dict[tuple[bytes, bytes], str] = {}
        self._count = count(1)
        self.outermost: Scope = {name: Code(name) for name in parameters}
        body = [node for node in tree.body if not isinstance(node, nodes.Macro)]
        self._write(FUNCTION, parameters, body, self.outermost)

    @property
    def source(self) -> str:
        """The functions as Python, after the texts that they share."""
        functions = "".join(f"{line}\n" for lines in self._functions.values() for line in lines)
        texts = (f"{name} = Texts{sides}\n" for sides, name in self._wrapped.items() if f"{name}[" in functions)
        return f"{''.join(texts)}{functions}"

    def packed(self) -> bytes:
        """The functions compiled, for the same version of Python, with what they share with the environment."""
        return packed(self.source, self._shared)

    def new_name(self, stem: str) -> str:
        """A name that nothing else has."""
        return f"{stem}_{next(self._count)}"

    def wrapped(self, before: bytes, after: bytes) -> str:
        return self._wrapped.setdefault((before, after), f"wrapped_{len(self._wrapped)}")

    def shared(self, group: str, name: str) -> str:
        found = f"{group}_{name}"
        self._shared[found] = group, name
        return found

    def macro(self, name: str) -> str | None:
        if name not in self.macros:
            return None
        function = f"macro_{name}"
        if function not in self._functions:
            macro = self.macros[name]
            names = {each.name: self.new_name(each.name) for each in macro.args}
            parameters = list(names.values())
            for place, default in enumerate(macro.defaults, start=len(parameters) - len(macro.defaults)):
                if not isinstance(default, nodes.Const):
                    raise Beyond("default")
                parameters[place] += f"={default.value!r}"
            self._write(function, parameters, macro.body, {name: Code(local) for name, local in names.items()})
        return function

    def _write(self, function: str, parameters: Sequence[str], body: Sequence[nodes.Node], scope: Scope) -> None:
        lines = self._functions[function] = []
        whole = function == FUNCTION
        block = Block(self, whole=whole)
        block.statements(body, scope)
        body_lines = [f"    {line}" for line in block.closed()]
        head, found = (WHOLE_HEAD, "(*done, joined(out))") if whole else (HEAD, "joined(out)")
        lines += [f"def {function}({', '.join(parameters)}):", *head, *body_lines, f"    return {found}, links"]
