"""Statements of templates as Python's, which gather pieces of a page in a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from jinja2 import nodes
from jinja2.visitor import NodeVisitor

from generator.render.expressions import (
    Beyond,
    Code,
    Expressions,
    Items,
    Known,
    Scope,
    Surroundings,
    Value,
    as_code,
    known_place,
    place,
)
from generator.render.pieces import Piece, Pieces, apart, choice, fewer, in_one, known, known_links, printed, printing
from generator.render.texts import plain

MOST_JOINED = 11
"""Lookups of a choice that is joined where it stands; what takes more is printed one by one."""


class Block(NodeVisitor):
    """The lines of one block, and what is to be printed after them.

    inside : macros that are being put in place of their calls. whole : whether it is a whole page.
    """

    def __init__(self, program: Surroundings, inside: tuple[str, ...] = (), *, whole: bool = False) -> None:
        self._program = program
        self._whole = whole
        self._inside = inside
        self._expressions = Expressions(program)
        self._lines: list[str] = []
        self._pieces = Pieces()

    def statements(self, body: Iterable[nodes.Node], scope: Scope) -> None:
        for node in body:
            self.visit(node, scope)

    def closed(self) -> list[str]:
        """The lines, everything printed."""
        pieces, self._pieces = self._once_each(self._pieces.ended()), Pieces()
        if links := known_links(pieces):
            self._lines.append(f"lead({tuple(links)})")
        *shares, last = apart(pieces) if self._whole else [pieces]
        for share in shares:
            self._print(share[:-1])
            self._lines += [f"done += joined(out), {share[-1].code}", "out.clear()"]
        self._print(last)
        return self._lines

    def _print(self, pieces: Sequence[Piece]) -> None:
        pieces = fewer(pieces, self._program.wrapped)
        if pieces:
            self._lines += printing(pieces)

    def _once_each(self, pieces: Sequence[Piece]) -> list[Piece]:
        """The pieces, with what some of them print alike looked up where it stands first."""
        times = Counter(piece.code for piece in pieces if piece.value)
        names: dict[str, str] = {}
        found = []
        for piece in pieces:
            code = piece.code
            if code in names:
                piece = replace(piece, code=names[code])
            elif times[code] > 1:
                names[code] = self._program.new_name("same")
                piece = replace(piece, code=f"({names[code]} := {code})")
            found.append(piece)
        return found

    def single(self) -> Piece | None:
        """All that the block prints as one expression, None where it does more than look a few things up."""
        pieces = self._pieces.ended() or [known(b"")]
        if self._lines or sum(piece.weight for piece in pieces) > MOST_JOINED or known_links(pieces):
            return None
        return in_one(fewer(pieces, self._program.wrapped))

    def generic_visit(self, node: nodes.Node, *args: object, **kwargs: object) -> None:
        raise Beyond(type(node).__name__)

    def visit_Output(self, node: nodes.Output, scope: Scope) -> None:
        for child in node.nodes:
            if isinstance(child, nodes.TemplateData):
                self._pieces.add(known(child.data.encode()))
                continue
            if isinstance(child, nodes.Call) and isinstance(child.node, nodes.Name):
                macro = self._program.macros.get(child.node.name)
                if macro and child.node.name not in scope:
                    self._put_in_place(macro, child, scope)
                    continue
            value = self._expressions.value(child, scope)
            if isinstance(value, Known):
                self._pieces.add(known(plain(value.value)))
            elif isinstance(value, Code):
                self._pieces.add(printed(value))
            else:
                raise Beyond(type(value).__name__)

    def _put_in_place(self, macro: nodes.Macro, call: nodes.Call, scope: Scope) -> None:
        """A macro's body instead of its call; it sees what the template sets, nothing of where it is called from."""
        names = [each.name for each in macro.args]
        given = dict(zip(names, call.args, strict=False)) | {each.key: each.value for each in call.kwargs}
        defaults = dict(zip(reversed(names), reversed(macro.defaults), strict=False))
        wrong = call.dyn_args or call.dyn_kwargs or len(call.args) > len(names)
        if wrong or macro.name in self._inside or not given.keys() <= set(names) <= given.keys() | defaults.keys():
            raise Beyond(macro.name)
        inner = dict(self._program.outermost)
        for name in macro.args:
            value, around = (given[name.name], scope) if name.name in given else (defaults[name.name], inner)
            self._assign(name, self._expressions.value(value, around), inner)
        outside, self._inside = self._inside, (*self._inside, macro.name)
        self.statements(macro.body, inner)
        self._inside = outside

    def visit_If(self, node: nodes.If, scope: Scope) -> None:
        branches: list[tuple[str, Block]] = []
        otherwise = node.else_
        for asked, body in ((node.test, node.body), *((each.test, each.body) for each in node.elif_)):
            condition = self._expressions.value(asked, scope)
            if not isinstance(condition, Known):
                branches.append((as_code(condition), self._branch(body, scope)))
            elif condition.value:
                otherwise = body
                break
        if not branches:
            self.statements(otherwise, scope)
            return
        last = self._branch(otherwise, scope)
        ways = [way for block in (*(block for _, block in branches), last) if (way := block.single())]
        if len(ways) > len(branches):
            tests = [test for test, _ in branches]
            self._pieces.add(choice(tests, ways))
        else:
            self.closed()
            for number, (test, block) in enumerate(branches):
                self._indented(f"{'elif' if number else 'if'} {test}:", block)
            if last.closed():
                self._indented("else:", last)

    def visit_For(self, node: nodes.For, scope: Scope) -> None:
        if node.recursive or node.test is not None or node.else_:
            raise Beyond("For")
        over = self._expressions.value(node.iter, scope)
        if isinstance(over, Items):
            for number, item in enumerate(over.values):
                inner = scope | {"loop": known_place(number, len(over.values))}
                _spell_out(node.target, item, inner)
                self.statements(node.body, inner)
            return
        self.closed()
        inner = dict(scope)
        iterated, target = as_code(over), self._targets(node.target, inner)
        asked = {each for child in node.body for each in asked_of_loop(child)}
        if asked:
            counter, last = self._program.new_name("place"), self._program.new_name("last")
            if "last" in asked:
                sequence = self._program.new_name("over")
                self._lines += [f"{sequence} = {iterated}", f"{last} = len({sequence}) - 1"]
                iterated = sequence
            inner["loop"] = place(counter, last)
            iterated, target = f"enumerate({iterated})", f"{counter}, {target}"
        block = Block(self._program, self._inside)
        block.statements(node.body, inner)
        self._indented(f"for {target} in {iterated}:", block)

    def visit_With(self, node: nodes.With, scope: Scope) -> None:
        inner = dict(scope)
        for target, given in zip(node.targets, node.values, strict=True):
            self._assign(target, self._expressions.value(given, scope), inner)
        self.statements(node.body, inner)

    def visit_Scope(self, node: nodes.Scope, scope: Scope) -> None:
        self.statements(node.body, dict(scope))

    def visit_Assign(self, node: nodes.Assign, scope: Scope) -> None:
        self._assign(node.target, self._expressions.value(node.node, scope), scope)

    def _assign(self, target: nodes.Node, value: Value, scope: Scope) -> None:
        if not isinstance(target, nodes.Name):
            raise Beyond(type(target).__name__)
        if isinstance(value, Code) and not value.text.isidentifier():
            local = self._program.new_name(target.name)
            self._lines.append(f"{local} = {value.text}")
            value = replace(value, text=local)
        scope[target.name] = value

    def _branch(self, body: Sequence[nodes.Node], scope: Scope) -> Block:
        """One way of a choice; it may not set what is read after it."""
        if any(isinstance(node, nodes.Assign) for node in body):
            raise Beyond("Assign")
        block = Block(self._program, self._inside)
        block.statements(body, scope)
        return block

    def _indented(self, head: str, block: Block) -> None:
        self._lines += [head, *(f"    {line}" for line in block.closed() or ["pass"])]

    def _targets(self, target: nodes.Node, scope: Scope) -> str:
        """New names for what a loop sets."""
        if isinstance(target, nodes.Name):
            local = self._program.new_name(target.name)
            scope[target.name] = Code(local)
            return local
        if isinstance(target, nodes.Tuple):
            return f"({''.join(f'{self._targets(item, scope)}, ' for item in target.items)})"
        raise Beyond(type(target).__name__)


def _spell_out(target: nodes.Node, value: Value, scope: Scope) -> None:
    """Set what a loop over a spelled-out list sets."""
    if isinstance(target, nodes.Name):
        scope[target.name] = value
    elif isinstance(target, nodes.Tuple) and isinstance(value, Items) and len(target.items) == len(value.values):
        for item, each in zip(target.items, value.values, strict=True):
            _spell_out(item, each, scope)
    else:
        raise Beyond(type(target).__name__)


def asked_of_loop(node: nodes.Node) -> list[str]:
    """What ``node`` asks of the loop that it stands in, ``""`` for the loop object itself."""
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name == "loop":
        return [node.attr]
    if isinstance(node, nodes.Name):
        return [""] if node.name == "loop" else []
    if isinstance(node, nodes.For):
        return asked_of_loop(node.iter)
    return [name for child in node.iter_child_nodes() for name in asked_of_loop(child)]
