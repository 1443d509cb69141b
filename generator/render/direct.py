"""Code for templates over page models: plain attributes, plain loops, escaping only of what is text.

Page models are frozen dataclasses, so ``entry.text`` needs no look-up by item; most loops ask ``loop`` for
nothing but their place; and a figure or a name that stands on many pages is escaped once.
"""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import escape

MOST_TEXTS = 50_000
COUNTERS = frozenset({"first", "index", "index0"})
"""What a counter answers as well as Jinja's loop object does."""

COUNTER = "counted"
"""The call by which the syntax tree says ``enumerate``."""


class EscapedTexts(dict[str, str]):
    """Escaped text by text, each worked out once."""

    def __missing__(self, text: str) -> str:
        if len(self) >= MOST_TEXTS:
            self.clear()
        return self.setdefault(text, str(escape(text)))


class DirectCodeGenerator(CodeGenerator):
    """Jinja's code generator with attributes as attributes and texts escaped from memory."""

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        """``entry.text`` as Python's own attribute; what isn't there raises AttributeError."""
        self.write("(")
        self.visit(node.node, frame)
        self.write(f").{node.attr}")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """A call as Python's own, where the callee wants nothing of Jinja's context."""
        if forward_caller or node.dyn_args or node.dyn_kwargs or not self._plain(node.node):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for argument in node.args:
            self.visit(argument, frame)
            self.write(", ")
        for keyword in node.kwargs:
            self.write(f"{keyword.key}=")
            self.visit(keyword.value, frame)
            self.write(", ")
        self.write(")")

    def _plain(self, callee: nodes.Node) -> bool:
        """Whether ``callee`` is a macro or one of the environment's functions without a claim to the context."""
        if not isinstance(callee, nodes.Name) or callee.name in ("caller", "super"):
            return False
        function = self.environment.globals.get(callee.name)
        return not hasattr(function, "jinja_pass_arg")

    def visit_Name(self, node: nodes.Name, frame: Frame) -> None:
        """The counter's name as Python knows it."""
        if node.name == COUNTER:
            self.write("enumerate")
        else:
            super().visit_Name(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape is not True:
            super()._output_child_pre(node, frame, finalize)
            return
        self.write("(escaped[v] if (v := ")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape is not True:
            super()._output_child_post(node, frame, finalize)
            return
        self.write(").__class__ is str else v if v.__class__ is Markup else escape(v))")

    def write_commons(self) -> None:
        """The memory of escaped texts beside Jinja's own helpers."""
        super().write_commons()
        self.writeline("escaped = environment.escaped")


class _Counted(NodeTransformer):
    """Replaces Jinja's loop object by a counter where the loop asks for no more than its place."""

    def __init__(self) -> None:
        self._count = 0

    def visit_For(self, node: nodes.For) -> nodes.Node:
        uses = [name for child in node.body for name in _own_loop_names(child)]
        if uses and not node.recursive and node.test is None and not node.else_ and all(u in COUNTERS for u in uses):
            self._count += 1
            counter = f"place_{self._count}"
            node.body = [_Placed(counter).visit(child) for child in node.body]
            node.target = nodes.Tuple([nodes.Name(counter, "store"), node.target], "store", lineno=node.lineno)
            call = nodes.Call(nodes.Name(COUNTER, "load"), [node.iter], [], None, None, lineno=node.lineno)
            node.iter = call
        self.generic_visit(node)
        return node


def _own_loop_names(node: nodes.Node) -> list[str]:
    """What ``node`` asks of the loop that it stands in, ``""`` for the loop object itself."""
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name == "loop":
        return [node.attr]
    if isinstance(node, nodes.Name):
        return [""] if node.name == "loop" else []
    if isinstance(node, nodes.For):
        return _own_loop_names(node.iter)
    return [name for child in node.iter_child_nodes() for name in _own_loop_names(child)]


class _Placed(NodeTransformer):
    """Writes the counter where the loop object was asked."""

    def __init__(self, counter: str) -> None:
        self._counter = counter

    def visit_For(self, node: nodes.For) -> nodes.Node:
        node.iter = self.visit(node.iter)
        return node

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:
        if not (isinstance(node.node, nodes.Name) and node.node.name == "loop"):
            self.generic_visit(node)
            return node
        counter = nodes.Name(self._counter, "load", lineno=node.lineno)
        if node.attr == "index0":
            return counter
        if node.attr == "index":
            return nodes.Add(counter, nodes.Const(1), lineno=node.lineno)
        return nodes.Compare(counter, [nodes.Operand("eq", nodes.Const(0))], lineno=node.lineno)


class DirectEnvironment(Environment):
    """An environment whose templates read page models directly."""

    code_generator_class = DirectCodeGenerator

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.escaped = EscapedTexts()


def counted(tree: nodes.Template, environment: Environment) -> nodes.Template:
    """``tree`` with counters for loop objects where they do."""
    found = _Counted().visit(tree)
    if not isinstance(found, nodes.Template):
        raise TypeError(type(found).__name__)
    found.set_environment(environment)
    return found
