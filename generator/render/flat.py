"""One flat template for a page kind: inheritance, includes, imports and macro calls resolved when it is loaded.

Templates stay as people like to write them. What the pass can't resolve (``super()``, a name that is only
known while rendering) it leaves to Jinja, which then does it for each page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from jinja2 import Environment, TemplateNotFound, nodes

N = TypeVar("N", bound=nodes.Node)
REFERENCES = (nodes.Include, nodes.FromImport)


def flat_template(environment: Environment, name: str) -> nodes.Template:
    """The syntax tree of template ``name`` without references to other templates where that can be.

    Raises
    ------
    TemplateNotFound, TemplateSyntaxError : it, or one that it refers to, is missing or wrong.
    """
    tree = _resolved(environment, name)
    macros = {node.name: node for node in tree.body if isinstance(node, nodes.Macro)}
    taken = {each.name for node in tree.body if not isinstance(node, nodes.Macro) for each in _bound(node)}
    tree.body = list(_inlined(tree.body, macros, taken, ()))
    return tree


def _resolved(environment: Environment, name: str) -> nodes.Template:
    """The tree with parents, imports and includes put in place."""
    tree = _parsed(environment, name)
    parent = next((node for node in tree.body if isinstance(node, nodes.Extends)), None)
    if parent is None:
        tree.body = list(_with_imports(environment, tree.body))
        return tree
    names = {name.name for name in tree.find_all(nodes.Name)}
    if not isinstance(parent.template, nodes.Const) or not names.isdisjoint({"super", "self"}):
        return tree
    blocks = {node.name: node for node in tree.body if isinstance(node, nodes.Block)}
    own: list[nodes.Node] = [
        node for node in tree.body if isinstance(node, (nodes.FromImport, nodes.Macro, nodes.Assign))
    ]
    base = _resolved(environment, parent.template.value)
    body = _filled(base, blocks).body
    known = {node.name for node in body if isinstance(node, nodes.Macro)}
    added = [
        node for node in _with_imports(environment, own) if not (isinstance(node, nodes.Macro) and node.name in known)
    ]
    base.body = [*added, *body]
    return base


def _parsed(environment: Environment, name: str) -> nodes.Template:
    loader = environment.loader
    if loader is None:
        raise TemplateNotFound(name)
    source, filename, _ = loader.get_source(environment, name)
    return environment.parse(source, name, filename)


def _filled(tree: N, blocks: dict[str, nodes.Block]) -> N:
    """``tree`` with each block replaced by the child's, or by its own content."""
    for field, value in list(tree.iter_fields()):
        if isinstance(value, list):
            setattr(tree, field, [_unblocked(item, blocks) for item in value])
    return tree


def _unblocked(item: object, blocks: dict[str, nodes.Block]) -> object:
    if isinstance(item, nodes.Block):
        return _filled(nodes.Scope(list(blocks.get(item.name, item).body)), blocks)
    return _filled(item, blocks) if isinstance(item, nodes.Node) else item


def _with_imports(environment: Environment, body: list[nodes.Node]) -> Iterator[nodes.Node]:
    """``body`` with imported macros and included templates in place of what asks for them."""
    known = {node.name for node in body if isinstance(node, nodes.Macro)}
    for node in body:
        if isinstance(node, nodes.FromImport) and isinstance(node.template, nodes.Const):
            for found in _resolved(environment, node.template.value).body:
                if isinstance(found, nodes.Macro) and found.name not in known:
                    known.add(found.name)
                    yield found
            for name in node.names:
                if isinstance(name, tuple):
                    yield nodes.Assign(nodes.Name(name[1], "store"), nodes.Name(name[0], "load"), lineno=node.lineno)
        elif isinstance(node, nodes.Include) and isinstance(node.template, nodes.Const) and not node.ignore_missing:
            yield nodes.Scope(_resolved(environment, node.template.value).body)
        else:
            for field, value in list(node.iter_fields()):
                if isinstance(value, list) and any(isinstance(item, REFERENCES) for item in value):
                    setattr(node, field, list(_with_imports(environment, value)))
            yield node


def _bound(tree: nodes.Node) -> Iterator[nodes.Name]:
    """Names that ``tree`` sets: loop variables, ``set``, ``with``, macro parameters."""
    return (name for name in tree.find_all(nodes.Name) if name.ctx in ("store", "param"))


def _inlined(
    body: list[nodes.Node], macros: dict[str, nodes.Macro], taken: set[str], inside: tuple[str, ...]
) -> Iterator[nodes.Node]:
    """``body`` with each printed macro call replaced by the macro's body.

    taken : names bound by callers, which a macro's body must not see.
    inside : macros that are being inlined, which stay calls.
    """
    for node in body:
        if isinstance(node, nodes.Output):
            yield from _inlined_output(node, macros, taken, inside)
            continue
        if not isinstance(node, nodes.Macro):
            for field, value in list(node.iter_fields()):
                if isinstance(value, list) and any(isinstance(item, nodes.Stmt) for item in value):
                    setattr(node, field, list(_inlined(value, macros, taken, inside)))
        yield node


def _inlined_output(
    output: nodes.Output, macros: dict[str, nodes.Macro], taken: set[str], inside: tuple[str, ...]
) -> Iterator[nodes.Node]:
    kept: list[nodes.Expr] = []
    for part in output.nodes:
        found = _called(part, macros)
        if found is None or found[0].name in inside or _sees(found[0], taken):
            kept.append(part)
            continue
        macro, call = found
        if kept:
            yield nodes.Output(kept, lineno=output.lineno)
            kept = []
        bound = taken | {name.name for name in _bound(macro)}
        inner = list(_inlined(_copies(macro.body), macros, bound, (*inside, macro.name)))
        yield nodes.With([_copy(name) for name in macro.args], _arguments(call, macro), inner, lineno=output.lineno)
    if kept:
        yield nodes.Output(kept, lineno=output.lineno)


def _called(part: nodes.Node, macros: dict[str, nodes.Macro]) -> tuple[nodes.Macro, nodes.Call] | None:
    """The macro that ``part`` calls with its own parameters and nothing else, and the call."""
    if not isinstance(part, nodes.Call) or not isinstance(part.node, nodes.Name) or part.dyn_args or part.dyn_kwargs:
        return None
    macro = macros.get(part.node.name)
    if macro is None or len(part.args) > len(macro.args):
        return None
    names = [name.name for name in macro.args]
    given = {*names[: len(part.args)], *(keyword.key for keyword in part.kwargs)}
    required = set(names[: len(names) - len(macro.defaults)])
    used = {name.name for name in macro.find_all(nodes.Name)}
    fits = required <= given <= set(names) and len(given) == len(part.args) + len(part.kwargs)
    return (macro, part) if fits and used.isdisjoint({"caller", "varargs", "kwargs"}) else None


def _sees(macro: nodes.Macro, taken: set[str]) -> bool:
    """Whether the macro's body reads a name from outside that its callers use for something else."""
    own = {name.name for name in _bound(macro)} | {"loop"}
    return any(name.name in taken for name in macro.find_all(nodes.Name) if name.name not in own)


def _arguments(call: nodes.Call, macro: nodes.Macro) -> list[nodes.Expr]:
    """A value for each parameter, in order."""
    keywords = {keyword.key: keyword.value for keyword in call.kwargs}
    without = len(macro.args) - len(macro.defaults)
    values = []
    for position, name in enumerate(macro.args):
        if position < len(call.args):
            values.append(call.args[position])
        else:
            values.append(keywords.get(name.name) or _copy(macro.defaults[position - without]))
    return values


def _copies(body: list[nodes.Node]) -> list[nodes.Node]:
    return [_copy(node) for node in body]


def _copy(node: N) -> N:
    """A deep copy that shares the environment."""
    values = []
    for field in node.fields:
        value = getattr(node, field)
        if isinstance(value, nodes.Node):
            value = _copy(value)
        elif isinstance(value, list):
            value = [_copy(item) if isinstance(item, nodes.Node) else item for item in value]
        values.append(value)
    copy = type(node)(*values, lineno=node.lineno)
    copy.environment = node.environment
    return copy
