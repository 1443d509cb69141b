"""The renderer's shortcuts change nothing: programs of flat templates give what Jinja gives for the same files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined, nodes
from msgspec.structs import replace

from generator.pages.page import Link
from generator.render import Renderer
from generator.render.compiled import Printed, function_of
from generator.render.expressions import Beyond
from generator.render.flat import flat_template
from generator.render.fragments import Fragments
from generator.render.links import LinkedPaths, internal_links, paths_of
from generator.render.program import Program
from generator.render.structured import structured_data
from generator.render.texts import MOST_TEXTS, EscapedTexts
from tests.sample_site import BASE_URL, SAMPLES, TEMPLATES, pages, renderer, shared

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
    '{{ one(page.safe | safe) }}{{ one("<") }}{% endblock %}',
    "hidden.html": "{% macro shown() %}{{ page.name }}{% endmacro %}"
    "{% for page in page.rows %}{{ shown() }}{% endfor %}",
    "choices.html": "{% for cells in page.rows %}{% if loop.first %}{{ cells[0] }}{% elif cells %}{{ page.name }}"
    "{% for cell in cells %}{{ cell }}{% endfor %}{% else %}none{% endif %}{% if not loop.last %}, {% endif %}"
    '{% endfor %}{{ "&" if page.number in (7, 8) and page.number != 8 or page.none else "" }}'
    "{{ page.none }}{{ page.number }}",
    "spelt.html": "{% macro item(id, words, there=true) %}{% if there %}<{{ id }}>{{ words }}{% else %}-{% endif %}"
    '{% endmacro %}{% for id, words, there in [("a", "<A>", true), ("b", page.name, page.none), ("c", "C", false)] %}'
    '{{ item(id, words, there=there) }}{% if not loop.last %}|{% endif %}{% endfor %}{{ item("d", page.name) }}',
    "set.html": '{% for cell in page.rows[0] %}{% set tag = "b" if loop.first else cell %}{{ tag }}{{ tag }}'
    "{% endfor %}{% set page = page.name %}{{ page }}",
    "beside.html": '<p{% if page.number %} class="m-{{ page.number }}"{% endif %}>{{ page.name }}</p>'
    '<i{% if page.none %} a{% elif page.safe %} c="{{ page.safe }}"{% endif %}>{{ page.name }}</i>'
    "{% for each in entries %}<b{% if each.path == page.safe %} now{% endif %}>{{ each.text }}</b>{% endfor %}",
    "wrapped.html": "{% for cells in page.rows %}<tr>{% for cell in cells %}<td>{{ cell }}</td>{% endfor %}</tr>"
    "{% endfor %}<i>{{ page.name }}</i><b>{{ page.number }}</b>{% if page.none %}x{% else %}{{ page.safe }}{% endif %}!"
    '<p class="a">{{ page.name }}</p><meta content="{{ page.number }}"><h1>{{ page.none }}</h1>',
}
ENTRIES = (Link("one & two", "<b>"), Link("three", "/three/"))
PAGE = SimpleNamespace(name="a&b", safe="<b>", rows=[["1", "<2>"], ["3"]], number=7, none=None)


def program(template: str, **texts: str) -> Program:
    environment = Environment(loader=DictLoader(FILES | texts), **OPTIONS)
    environment.globals["entries"] = ENTRIES
    return Program(environment, flat_template(environment, template), ("page",))


def printer(program: Program, texts: EscapedTexts | None = None) -> Callable[..., Printed]:
    tools = {"filters": program.environment.filters, "globals": program.environment.globals}
    return function_of(program.packed(), tools, EscapedTexts() if texts is None else texts)


def printed(program: Program, page: object, texts: EscapedTexts | None = None) -> tuple[bytes, set[str]]:
    parts, links = printer(program, texts)(page)
    return b"".join(parts), links


@pytest.mark.parametrize(
    "name",
    [
        "page.html",
        "base.html",
        "foot.html",
        "hidden.html",
        "choices.html",
        "spelt.html",
        "set.html",
        "beside.html",
        "wrapped.html",
    ],
)
def test_a_program_prints_what_jinja_prints(name: str) -> None:
    plain = Environment(loader=DictLoader(FILES), **OPTIONS).get_template(name).render(page=PAGE, entries=ENTRIES)
    assert printed(program(name), PAGE)[0].decode() == plain
    assert "a&amp;b" in plain


def test_a_text_that_is_printed_twice_is_looked_up_once() -> None:
    class Texts(EscapedTexts):
        def __getitem__(self, text: object) -> bytes:
            asked.append(text)
            return super().__getitem__(text)

    asked: list[object] = []
    twice = program("twice.html", **{"twice.html": "{{ page.name }}, {{ page.name }}"})
    assert printed(twice, PAGE, Texts())[0] == b"a&amp;b, a&amp;b"
    assert asked == ["a&b"]


def test_a_long_text_that_all_pages_share_is_a_part_of_each_and_isn_t_copied() -> None:
    style = "a{b:c}" * 1000
    texts = {"long.html": f"<p>{{{{ page.name }}}}</p>{style}<p>{{{{ page.number }}}}</p>"}
    printed = printer(program("long.html", **texts))
    parts = printed(PAGE)[0]
    assert parts == (b"<p>a&amp;b", f"</p>{style}<p>".encode(), b"7</p>")
    assert printed(PAGE)[0][1] is parts[1]


def test_short_texts_are_kept_with_the_markup_around_them_and_long_ones_are_not() -> None:
    cells = EscapedTexts(b"<td>", b"</td>")
    assert cells["a&b"] == b"<td>a&amp;b</td>"
    assert cells["a&b"] is cells["a&b"]
    assert cells["x" * 500] is not cells["x" * 500]
    assert cells[True] + cells[1] == b"<td>True</td><td>1</td>"


def test_texts_that_are_kept_stay_few() -> None:
    texts = EscapedTexts()
    for number in range(3 * MOST_TEXTS):
        assert texts[f"{number} GB"] == f"{number} GB".encode()
    assert len(texts) <= MOST_TEXTS


@pytest.mark.parametrize(
    "text",
    [
        '{% extends "base.html" %}{% block a %}{{ super() }}{% endblock %}',
        "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
        "{% macro a() %}{{ caller() }}{% endmacro %}{% call a() %}x{% endcall %}",
        "{% if page.number %}{% set x = 1 %}{% endif %}{{ x }}",
        "{% for cell in page.rows recursive %}{{ loop(cell) }}{% endfor %}",
        "{{ nothing }}",
        "{{ page.name | upper | center(width=9) }}",
        '<a href="/x/{{ page.name }}/">',
        '<a href="{{ page.name }}{{ page.number }}">',
        '<a href="{% if page.number %}/a/{% endif %}">',
    ],
)
def test_what_a_program_cannot_say_is_left_to_jinja(text: str) -> None:
    with pytest.raises(Beyond):
        program("own.html", **{"own.html": text})


def test_a_packed_program_renders_what_it_did_without_the_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Renderer(TEMPLATES, BASE_URL), Renderer(TEMPLATES, BASE_URL)
    page = pages("qwen3-8b")["/qwen3-8b/"]
    found = first.render(page)
    second.packed = first.packed
    monkeypatch.setattr(second, "_sources", {})
    assert second.render(page) == found


def test_a_template_that_is_left_to_jinja_is_rendered_all_the_same(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(TEMPLATES, templates)
    (templates / "model.html").write_text("{% if page.title %}{% set x = page.title | upper %}{% endif %}{{ x }}")
    page = replace(pages("qwen3-8b")["/qwen3-8b/"], title="a & b")
    assert Renderer(templates, BASE_URL).render(page) == b"A &amp; B"


@pytest.mark.parametrize("kind", sorted({path.stem for path in TEMPLATES.glob("*.html")} - {"base", "macros"}))
def test_none_of_our_templates_is_left_to_jinja(kind: str) -> None:
    assert renderer().templates.program(kind)


def test_links_are_noticed_wherever_they_stand() -> None:
    text = (
        '<a href="/known/">{% if page.number %}<a href="/chosen/#x">{% else %}<a href="/other/">{% endif %}'
        '{% for path in page.rows[0] %}<a class="a" href="{{ path }}">{% endfor %}<form action="{{ page.name }}">'
        '{{ page.safe | safe }}<a href="https://example.org/"><a href="//example.org/"><a href="#{{ page.number }}">'
    )
    page = SimpleNamespace(number=7, name="/form/?a=1", rows=[["/1/", "/2/#b"]], safe='<a href="/markup/">')
    body, links = printed(program("own.html", **{"own.html": text}), page)
    assert {"/known/", "/chosen/", "/1/", "/2/", "/form/", "/markup/"} == internal_links(body)
    assert paths_of(links) == internal_links(body)


def test_pages_lead_to_others_by_whatever_address_and_not_to_themselves() -> None:
    paths = LinkedPaths()
    paths.add({"/a/", "/a/#x", "/b/#x", "https://example.org/", "#x"}, "/a/")
    assert paths.paths == {"/b/"}
    paths.add({"/b/#x", "/b/", "/c/?y=1", "//example.org/"}, "/b/")
    assert paths.paths == {"/b/", "/c/"}
    paths.add({"/a/#x", "/b/"}, "/c/")
    assert paths.paths == {"/a/", "/b/", "/c/"}


@pytest.mark.parametrize("slug", [*SAMPLES, ""])
def test_links_of_real_pages_are_those_of_their_html(slug: str) -> None:
    made = list(pages(slug).values())[:40:13] if slug else list(shared().values())[::5]
    for page in made:
        parts, addresses = renderer().rendered(page)
        body = b"".join(parts)
        assert paths_of(addresses) == internal_links(body)


def test_a_shared_part_is_made_once_for_the_same_object_and_anew_for_an_equal_one() -> None:
    made: list[object] = []
    fragments = Fragments()
    value, equal = Link("a", "/a/"), Link("a", "/a/")
    for each in (value, value, equal):
        fragments.once(made.append, each)
    assert made == [value, equal]


def test_a_flat_template_refers_to_no_other() -> None:
    environment = Environment(loader=DictLoader(FILES), **OPTIONS)
    tree = flat_template(environment, "page.html")
    assert not list(tree.find_all((nodes.Extends, nodes.Block, nodes.Include, nodes.FromImport)))


@pytest.mark.parametrize("slug", SAMPLES)
def test_real_pages_are_what_jinja_makes_of_the_same_templates(slug: str) -> None:
    ours = renderer()
    plain = Environment(loader=ours.templates.environment.loader, **OPTIONS)
    plain.filters.update(ours.templates.environment.filters)
    plain.globals.update(ours.templates.environment.globals)
    for page in list(pages(slug).values())[:40:13]:
        values = {"page": page, "body": page.body, "structured": structured_data(page, BASE_URL)}
        expected = plain.get_template(f"{page.kind}.html").render(values)
        assert ours.render(page).decode() == expected
