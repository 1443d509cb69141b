"""One flat template for a page kind: inheritance, includes and imports resolved when it is loaded.

Templates stay as people like to write them. What the pass can't resolve (``super()``, a name that is only
known while rendering) stays in the tree, and with it the template is left to Jinja.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
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
    return _filled(_resolved(environment, name), {})


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
    known = {node.name for node in _macros(body)}
    for node in body:
        if isinstance(node, nodes.FromImport) and isinstance(node.template, nodes.Const):
            found = _library(environment, node.template.value)
            aliases = (_renamed(found[name[0]], name[1]) for name in node.names if isinstance(name, tuple))
            for macro in (*found.values(), *aliases):
                if macro.name not in known:
                    known.add(macro.name)
                    yield macro
        elif isinstance(node, nodes.Include) and isinstance(node.template, nodes.Const) and not node.ignore_missing:
            yield nodes.Scope(_resolved(environment, node.template.value).body)
        else:
            for field, value in list(node.iter_fields()):
                if isinstance(value, list) and any(isinstance(item, REFERENCES) for item in value):
                    setattr(node, field, list(_with_imports(environment, value)))
            yield node


@lru_cache(maxsize=2)
def _library(environment: Environment, name: str) -> dict[str, nodes.Macro]:
    """The macros of a template, read once for all templates that import it."""
    return {macro.name: macro for macro in _macros(_resolved(environment, name).body)}


def _macros(body: list[nodes.Node]) -> Iterator[nodes.Macro]:
    return (node for node in body if isinstance(node, nodes.Macro))


def _renamed(macro: nodes.Macro, name: str) -> nodes.Macro:
    return nodes.Macro(name, macro.args, macro.defaults, macro.body, lineno=macro.lineno)
