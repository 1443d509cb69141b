"""The renderer's shortcuts change nothing: flat templates give what Jinja gives for the same files."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined, Template, nodes
from markupsafe import Markup

from generator.render.direct import DirectEnvironment, counted
from generator.render.flat import flat_template
from tests.sample_site import SAMPLES, pages, renderer

OPTIONS = {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
FILES = {
    "macros.html": '{% macro cell(entry, tag="td") %}<{{ tag }}>{{ entry }}</{{ tag }}>{% endmacro %}'
    "{% macro row(cells) %}{% for c in cells %}{{ loop.index }}/{{ loop.index0 }}"
    '{{ cell(c, "th" if loop.first else "td") }}{% endfor %}{% endmacro %}',
    "base.html": "<{{ page.name }}>{% block a %}A{% endblock %}|{% block b %}B{{ page.name }}{% endblock %}"
    '{% include "foot.html" %}',
    "foot.html": "foot {{ page.name }}",
    "page.html": '{% extends "base.html" %}{% from "macros.html" import row, cell as one with context %}'
    "{% block a %}{% for cells in page.rows %}{{ row(cells) }}{% if loop.last %}.{% endif %}{% endfor %}"
    '{{ one(page.safe) }}{{ one("<") }}{% endblock %}',
    "hidden.html": "{% macro shown() %}{{ name }}{% endmacro %}{% set x = shown() %}"
    '{% for name in ["inner"] %}{{ shown() }}{% endfor %}',
}
PAGE = SimpleNamespace(name="a&b", safe=Markup("<b>"), rows=[["1", "<2>"], ["3"]], number=7)


def both(template: str, **values: object) -> tuple[str, str]:
    """What Jinja makes of a template, and what the flat one gives."""
    plain = Environment(loader=DictLoader(FILES), **OPTIONS).get_template(template).render(**values)
    environment = DirectEnvironment(loader=DictLoader(FILES), **OPTIONS)
    code = environment.compile(counted(flat_template(environment, template), environment), template)
    flat = Template.from_code(environment, code, environment.make_globals(None)).render(**values)
    return plain, flat


@pytest.mark.parametrize("name", ["page.html", "base.html", "foot.html"])
def test_a_flat_template_prints_what_jinja_prints(name: str) -> None:
    plain, flat = both(name, page=PAGE)
    assert flat == plain
    assert "a&amp;b" in flat


def test_a_macro_does_not_see_its_caller_s_variables() -> None:
    plain, flat = both("hidden.html", name="outer")
    assert (plain, flat) == ("outer", "outer")


def test_a_flat_template_refers_to_no_other() -> None:
    environment = DirectEnvironment(loader=DictLoader(FILES), **OPTIONS)
    tree = flat_template(environment, "page.html")
    assert not list(tree.find_all((nodes.Extends, nodes.Block, nodes.Include, nodes.FromImport)))


@pytest.mark.parametrize("slug", SAMPLES)
def test_real_pages_are_what_jinja_makes_of_the_same_templates(slug: str) -> None:
    ours = renderer()
    plain = Environment(loader=ours.environment.loader, **OPTIONS)
    plain.filters.update(ours.environment.filters)
    plain.globals.update(ours.environment.globals)
    for page in list(pages(slug).values())[:40:13]:
        expected = plain.get_template(f"{page.kind}.html").render(ours.values(page))
        assert ours.render(page).decode() == expected
