"""Models that share one configuration: what a variant inherits, and what the loader refuses."""

from __future__ import annotations

import pytest

from generator.catalog import Catalog, load_catalog
from tests.catalog.conftest import VARIANT, DataFolder

BASE = "models/tiny-1b.md"
CHAT = "models/tiny-1b-chat.md"


def with_variant(data: DataFolder, text: str = VARIANT) -> Catalog:
    data.write(CHAT, text)
    return load_catalog(data.root)


def test_a_variant_has_the_configuration_of_its_shape_and_facts_of_its_own(data):
    data.edit(BASE, "config:\n", "parameters_counted: 1000\nconfig_defaults: [hidden_size]\nconfig:\n")
    catalog = with_variant(data)
    base, chat = catalog.model("tiny-1b"), catalog.model("tiny-1b-chat")
    assert chat.config == base.config == {"model_type": "llama", "hidden_size": 2048, "num_hidden_layers": 16}
    assert (chat.modality, chat.context_max, chat.parameters_counted) == ("text", 8192, 1000)
    assert chat.config_defaults == ("hidden_size",)
    assert (chat.release, chat.hf_repo, chat.faq[0].question) == (
        "2026-02",
        "tiny-labs/Tiny-1B-Chat",
        "Is the cache another?",
    )


def test_what_a_variant_says_itself_holds(data):
    text = VARIANT.replace("shape_of: tiny-1b\n", "shape_of: tiny-1b\ncontext_max: 32768\nmodality: vision\n")
    chat = with_variant(data, text).model("tiny-1b-chat")
    assert (chat.context_max, chat.modality) == (32768, "vision")


def test_overrides_change_single_fields_even_nested_and_leave_the_shape_alone(data):
    data.edit(BASE, "  num_hidden_layers: 16\n", "  text_config: {hidden_size: 64, max_position_embeddings: 8192}\n")
    overrides = "config_overrides:\n  hidden_size: 1024\n  text_config: {max_position_embeddings: 32768}\n"
    catalog = with_variant(data, VARIANT.replace("sources:\n", f"{overrides}sources:\n"))
    text = {"hidden_size": 64, "max_position_embeddings": 32768}
    assert catalog.model("tiny-1b-chat").config == {"model_type": "llama", "hidden_size": 1024, "text_config": text}
    assert catalog.model("tiny-1b").config["text_config"]["max_position_embeddings"] == 8192


def test_models_stay_in_file_order_with_variants_among_them(data):
    data.write("models/tiny-0.md", VARIANT)
    data.edit("models/tiny-0.md", "Chat", "First")
    assert list(with_variant(data).models) == ["tiny-0", "tiny-1b-chat", "tiny-1b"]


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            CHAT,
            "shape_of: tiny-1b",
            "shape_of: tiny-1c",
            "data/models/tiny-1b-chat.md:8: shape_of = \"tiny-1c\": has no file in models/; did you mean 'tiny-1b'?",
        ),
        (
            CHAT,
            "shape_of: tiny-1b",
            "shape_of: tiny-1b-chat",
            'data/models/tiny-1b-chat.md:8: shape_of = "tiny-1b-chat": is the model itself; name another, or give a '
            "config",
        ),
        (
            CHAT,
            "sources:",
            "config: {model_type: llama}\nsources:",
            "data/models/tiny-1b-chat.md:9: config: can't stand beside shape_of; what differs goes into "
            "config_overrides",
        ),
        (
            CHAT,
            "shape_of: tiny-1b\n",
            "modality: text\ncontext_max: 8192\n",
            "data/models/tiny-1b-chat.md:2: config: is required, or shape_of with a model of the same shape",
        ),
        (
            BASE,
            "modality: text\n",
            "",
            "data/models/tiny-1b.md:2: modality: is required",
        ),
        (
            BASE,
            "modality: text\n",
            "modality: text\nconfig_overrides: {hidden_size: 64}\n",
            "data/models/tiny-1b.md:9: config_overrides: is for variants; a model without shape_of says it in config",
        ),
        (
            CHAT,
            "sources:",
            "config_overrides: {hidden_sizes: 64}\nsources:",
            "data/models/tiny-1b-chat.md:9: config_overrides.hidden_sizes = 64: is no field of the configuration of "
            "tiny-1b; did you mean 'hidden_size'?",
        ),
        (
            CHAT,
            "sources:",
            "config_overrides: {hidden_size: 2048}\nsources:",
            "data/models/tiny-1b-chat.md:9: config_overrides.hidden_size = 2048: is what tiny-1b says too; leave it "
            "out",
        ),
        (
            CHAT,
            "sources:",
            "config_overrides: {hidden_size: wide}\nsources:",
            'data/models/tiny-1b-chat.md:9: config_overrides.hidden_size = "wide": must be a positive integer',
        ),
        (
            CHAT,
            "Tiny with manners.",
            'It takes {{ kv_cache("16K") }}.',
            'data/models/tiny-1b-chat.md:13: {{ kv_cache("16K") }}: the context 16K is beyond the model\'s 8192 tokens',
        ),
    ],
)
def test_one_fault_gives_one_message(data, file: str, old: str, new: str, message: str):
    data.write(CHAT, VARIANT)
    data.edit(file, old, new)
    # A shape that can't be read is one fault, not one in each of its variants.
    assert data.problems() == [message]


def test_a_chain_of_variants_names_the_model_at_its_end(data):
    data.write(CHAT, VARIANT)
    data.write(
        "models/tiny-2.md", VARIANT.replace("Chat", "Two").replace("shape_of: tiny-1b", "shape_of: tiny-1b-chat")
    )
    assert data.problems() == [
        "data/models/tiny-2.md:8: shape_of = \"tiny-1b-chat\": takes its own shape from 'tiny-1b'; name that"
    ]
