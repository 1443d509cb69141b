"""What ARCHITECTURE.md promises about the layers, held by reading the code's own imports."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from tests.reference import ROOT

PACKAGE = ROOT / "generator"
LAYERS = (
    ("cli", "__main__"),
    ("web",),
    ("publish", "tables", "review_tables"),
    ("render",),
    ("pages",),
    ("placement", "review"),
    ("scenarios", "requests", "fitting", "intake", "soundness"),
    ("accuracy", "quantities"),
    ("memory",),
    ("catalog", "urls", "formats", "engine_logs"),
)
"""From top to bottom; a module may import from its own layer and from those below."""

RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
MODULES = sorted(PACKAGE.rglob("*.py"))


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def _part(module: str) -> str | None:
    pieces = module.split(".")
    return pieces[1] if pieces[0] == "generator" and len(pieces) > 1 and pieces[1] in RANK else None


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards_only(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own == "__init__":
        return
    assert own in RANK, f"{own} has no place in the layers"
    upwards = {module for module in _imports(path) if (part := _part(module)) and RANK[part] < RANK[own]}
    assert upwards == set()


CORE = sorted((PACKAGE / "memory").rglob("*.py"))


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_core_imports_only_itself_and_the_standard_library_and_does_no_io(path: Path) -> None:
    roots = {module.split(".")[0] for module in _imports(path)}
    assert roots <= set(sys.stdlib_module_names) | {"generator"}
    assert {m for m in _imports(path) if m.startswith("generator.") and _part(m) not in (None, "memory")} == set()
    assert roots.isdisjoint({"io", "os", "pathlib", "json", "socket", "subprocess", "urllib", "html", "random", "time"})
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert calls.isdisjoint({"open", "print", "input", "exec", "eval"})


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_templates_do_no_arithmetic(path: Path) -> None:
    from jinja2 import Environment, nodes

    tree = Environment().parse(path.read_text(encoding="utf-8"))
    arithmetic = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow)
    assert [node.lineno for kind in arithmetic for node in tree.find_all(kind)] == []


def test_markup_is_made_by_the_renderer_alone_so_that_what_pages_hold_can_be_escaped_unseen() -> None:
    makers = {path.relative_to(PACKAGE).parts[0] for path in MODULES if "markupsafe" in _imports(path)}
    assert makers == {"render"}


def test_modules_can_be_read_in_one_sitting() -> None:
    long = {str(path.relative_to(ROOT)) for path in MODULES if len(path.read_text(encoding="utf-8").splitlines()) > 400}
    assert long == set()
