"""Looking things up in a loaded catalogue."""

from __future__ import annotations

import pickle

import pytest

from generator.catalog import Catalog, CatalogError, UnknownName, context_tokens, load_catalog


@pytest.fixture
def catalog(data) -> Catalog:
    data.edit("models/tiny-1b.md", "modality:", "aliases: [tiny-one]\nmodality:")
    return load_catalog(data.root)


@pytest.mark.parametrize("name", ["tiny-1b", "Tiny-One", "tiny 1b", "Tiny-Labs/tiny-1b"])
def test_a_model_answers_to_slug_alias_name_and_repository_in_any_case(catalog: Catalog, name: str):
    assert catalog.model(name).slug == "tiny-1b"


def test_an_unknown_model_names_the_nearest(catalog: Catalog):
    with pytest.raises(UnknownName) as caught:
        catalog.model("tiny-1")
    assert str(caught.value) == "unknown model 'tiny-1'; did you mean tiny-1b?"


def test_schemes_and_devices_are_found_by_slug_or_name(catalog: Catalog):
    assert catalog.quantization("Q4_K_M").slug == "q4_k_m"
    assert catalog.quantization("q4_k_m").default_type == "Q4_K"
    assert catalog.device("card 24 gb").memory_bytes == 24564 * 1024 * 1024
    with pytest.raises(UnknownName, match="unknown quantization 'Q4'"):
        catalog.quantization("Q4")


def test_a_models_body_is_split_into_introduction_and_questions(catalog: Catalog):
    model = catalog.model("tiny-1b")
    assert model.introduction == 'Tiny stores {{ kv_cache("8K") }} at 8K.'
    assert [(q.question, q.answer, q.line) for q in model.faq] == [
        ("Does it fit a 24 GB card?", 'It {{ fits("Q4_K_M", "8K", "24GB") }}.', 23)
    ]


def test_entries_cannot_be_changed(catalog: Catalog):
    with pytest.raises(ValueError, match="frozen"):
        catalog.model("tiny-1b").name = "Other"


def test_family_members_come_newest_first(data):
    text = (data.root / "models/tiny-1b.md").read_text()
    older = text.replace("1B", "0B").replace("2026-01", "2024-05")
    data.write("models/tiny-0b.md", older)
    catalog = load_catalog(data.root)
    assert [model.slug for model in catalog.models_of("tiny")] == ["tiny-1b", "tiny-0b"]
    assert catalog.family_of(catalog.model("tiny-0b")).name == "Tiny"


def test_kin_of_a_model_are_the_nearest_of_its_family_in_the_alphabet(data):
    text = (data.root / "models/tiny-1b.md").read_text()
    for size in "024":
        data.write(f"models/tiny-{size}b.md", text.replace("1B", f"{size}B"))
    catalog = load_catalog(data.root)

    def kin(slug: str, most: int) -> list[str]:
        return [model.slug for model in catalog.kin(catalog.model(slug), most)]

    assert kin("tiny-1b", 2) == ["tiny-0b", "tiny-2b"]
    assert kin("tiny-4b", 2) == ["tiny-2b", "tiny-1b"]
    assert kin("tiny-0b", 9) == ["tiny-1b", "tiny-2b", "tiny-4b"]


def test_the_context_ladder_gives_tokens(catalog: Catalog):
    assert catalog.site.context_ladder == {"2k": 2048, "8k": 8192}


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("2k", 2048), ("32K", 32_768), ("1m", 1_048_576), ("10M", 10_485_760), ("40960", 40_960)],
)
def test_context_sizes_are_binary_multiples(text: str, tokens: int):
    assert context_tokens(text) == tokens


@pytest.mark.parametrize("text", ["", "0k", "1.5k", "32 K", "1g", "-4k"])
def test_other_context_sizes_are_refused(text: str):
    with pytest.raises(ValueError, match="is no context size"):
        context_tokens(text)


def test_a_catalogue_and_its_errors_survive_the_way_to_another_process(catalog: Catalog, data):
    assert pickle.loads(pickle.dumps(catalog)).model("tiny-one") == catalog.model("tiny-one")
    data.edit("models/tiny-1b.md", "license: mit\n", "")
    with pytest.raises(CatalogError) as caught:
        load_catalog(data.root)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
