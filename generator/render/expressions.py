"""Expressions of templates as Python's, with what is known beforehand worked out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from jinja2 import Environment, nodes
from jinja2.visitor import NodeVisitor

PRINTED = ("once",)
"""Functions of the environment that return what macros do."""

LEADS_NOWHERE = ("bar_chart", "curve_chart", "tojson")
"""Functions and filters that give markup without links, as text."""

SENTENCES = ("sentences",)
"""Filters that give text which is seldom the same twice."""

OPERATORS = {"eq": "==", "ne": "!=", "gt": ">", "gteq": ">=", "lt": "<", "lteq": "<=", "in": "in", "notin": "not in"}
PLAIN = (str, int, float, bool, type(None))


class Beyond(Exception):
    """Something that only Jinja itself can do."""


@dataclass(frozen=True, slots=True)
class Known:
    """A value that the template spells out, or that its environment holds."""

    value: object


@dataclass(frozen=True, slots=True)
class Items:
    """A list that the template spells out, or a tuple that its environment holds."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A Python expression.

    printed : it gives bytes that are ready to print, and where they lead to. made : a function or a filter gives it,
    so that it may be markup, which page models never hold. leads_nowhere : it has no links. fresh : it is text that is
    seldom the same twice.
    """

    text: str
    printed: bool = False
    made: bool = False
    leads_nowhere: bool = False
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """Where a loop is: what it answers, by what a template asks."""

    answers: Mapping[str, Known | Code]


Value = Known | Items | Code | Loop
Scope = dict[str, Value]


class Surroundings(Protocol):
    """The program that expressions and statements belong to.

    macros : the template's, by name. outermost : the names that it sets outside of blocks.
    """

    environment: Environment
    macros: dict[str, nodes.Macro]
    outermost: Scope

    def new_name(self, stem: str) -> str:
        """A name that nothing else has."""

    def macro(self, name: str) -> str | None:
        """The function of a macro, None where there is no such macro."""

    def wrapped(self, before: bytes, after: bytes) -> str:
        """The name in the program of texts that stand between two known ones, each made once."""

    def shared(self, group: str, name: str) -> str:
        """The name in the program of one of the environment's ``globals`` or ``filters``."""


class Expressions(NodeVisitor):
    """Turns an expression into what is known of it, or into Python."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def value(self, node: nodes.Node, scope: Scope) -> Value:
        """The expression in a scope.

        Raises
        ------
        Beyond : it says what has no place here.
        """
        found: Value = self.visit(node, scope)
        return found

    def code(self, node: nodes.Node, scope: Scope) -> str:
        """The expression as Python."""
        return as_code(self.value(node, scope))

    def generic_visit(self, node: nodes.Node, *args: object, **kwargs: object) -> None:
        raise Beyond(type(node).__name__)

    def visit_Const(self, node: nodes.Const, scope: Scope) -> Value:
        return Known(node.value)

    def visit_Name(self, node: nodes.Name, scope: Scope) -> Value:
        if node.name in scope:
            return scope[node.name]
        function = self._surroundings.macro(node.name)
        if function is not None:
            return Code(function)
        if node.name not in self._surroundings.environment.globals:
            raise Beyond(node.name)
        value = self._surroundings.environment.globals[node.name]
        if isinstance(value, tuple):
            return Items(tuple(map(Known, value)))
        return Known(value) if isinstance(value, str) else Code(self._surroundings.shared("globals", node.name))

    def visit_Tuple(self, node: nodes.Tuple | nodes.List, scope: Scope) -> Value:
        return Items(tuple(self.value(item, scope) for item in node.items))

    visit_List = visit_Tuple

    def visit_Getattr(self, node: nodes.Getattr, scope: Scope) -> Value:
        """``entry.text`` as Python's own attribute; what isn't there raises AttributeError."""
        owner = self.value(node.node, scope)
        if isinstance(owner, Known):
            return Known(getattr(owner.value, node.attr))
        if not isinstance(owner, Loop):
            return Code(f"{as_code(owner)}.{node.attr}")
        if node.attr not in owner.answers:
            raise Beyond(f"loop.{node.attr}")
        return owner.answers[node.attr]

    def visit_Getitem(self, node: nodes.Getitem, scope: Scope) -> Value:
        if not isinstance(node.arg, nodes.Const) or not isinstance(node.arg.value, int):
            raise Beyond(type(node).__name__)
        return Code(f"{self.code(node.node, scope)}[{node.arg.value}]")

    def visit_Filter(self, node: nodes.Filter, scope: Scope) -> Value:
        if node.name not in self._surroundings.environment.filters or node.node is None:
            raise Beyond(type(node).__name__)
        return self._call("filters", node.name, [node.node, *node.args], node, scope)

    def visit_Call(self, node: nodes.Call, scope: Scope) -> Value:
        callee = node.node
        if not isinstance(callee, nodes.Name) or callee.name in scope:
            raise Beyond("call")
        if callee.name not in self._surroundings.environment.globals:
            raise Beyond(callee.name)
        return self._call("globals", callee.name, node.args, node, scope)

    def _call(
        self,
        group: str,
        name: str,
        given: list[nodes.Expr],
        node: nodes.Call | nodes.Filter,
        scope: Scope,
    ) -> Code:
        """A call as Python's own, where the function wants nothing of Jinja's context."""
        function = getattr(self._surroundings.environment, group)[name]
        if hasattr(function, "jinja_pass_arg") or node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise Beyond(type(node).__name__)
        arguments = ", ".join(self.code(each, scope) for each in given)
        called = f"{self._surroundings.shared(group, name)}({arguments})"
        fresh = name in SENTENCES
        return Code(called, name in PRINTED, not fresh, name in LEADS_NOWHERE, fresh)

    def visit_Compare(self, node: nodes.Compare, scope: Scope) -> Value:
        steps = (f" {OPERATORS[each.op]} {self.code(each.expr, scope)}" for each in node.ops)
        return Code(f"({self.code(node.expr, scope)}{''.join(steps)})")

    def visit_Not(self, node: nodes.Not, scope: Scope) -> Value:
        return Code(f"(not {self.code(node.node, scope)})")

    def visit_And(self, node: nodes.And, scope: Scope) -> Value:
        return self._either(" and ", [node.left, node.right], scope)

    def visit_Or(self, node: nodes.Or, scope: Scope) -> Value:
        return self._either(" or ", [node.left, node.right], scope)

    def visit_CondExpr(self, node: nodes.CondExpr, scope: Scope) -> Value:
        if node.expr2 is None:
            raise Beyond(type(node).__name__)
        test = self.value(node.test, scope)
        if isinstance(test, Known):
            return self.value(node.expr1 if test.value else node.expr2, scope)
        return self._either(f" if {as_code(test)} else ", [node.expr1, node.expr2], scope)

    def _either(self, between: str, ways: list[nodes.Expr], scope: Scope) -> Code:
        """One of several values, which may be markup where one of them may."""
        found = [self.value(way, scope) for way in ways]
        made = any(isinstance(each, Code) and each.made for each in found)
        return Code(f"({between.join(map(as_code, found))})", made=made)


def as_code(value: Value) -> str:
    """A value as a Python expression."""
    if isinstance(value, Code):
        return value.text
    if isinstance(value, Items):
        return f"({''.join(f'{as_code(each)}, ' for each in value.values)})"
    if isinstance(value, Known) and type(value.value) in PLAIN:
        return repr(value.value)
    raise Beyond(type(value).__name__)


def known_place(place: int, count: int) -> Loop:
    """A loop over a list that the template spells out."""
    answers = {"index": place + 1, "index0": place, "first": place == 0, "last": place == count - 1}
    return Loop({asked: Known(answer) for asked, answer in answers.items()})


def place(counter: str, last: str) -> Loop:
    """A loop that counts its place, from 0, and knows the last one."""
    answers = {
        "index": f"({counter} + 1)",
        "index0": counter,
        "first": f"({counter} == 0)",
        "last": f"({counter} == {last})",
    }
    return Loop({asked: Code(answer) for asked, answer in answers.items()})
