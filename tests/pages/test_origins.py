"""What hub and quantization pages say about shared shapes and makers' own checkpoints."""

from __future__ import annotations

from tests.sample_site import pages


def test_a_variants_hub_links_the_model_whose_shape_it_shares() -> None:
    body = pages("deepseek-r1")["/deepseek-r1/"].body
    assert "DeepSeek R1 (DeepSeek, January 2025) has the layers, tensors and caches of [" in body.introduction
    assert "[DeepSeek V3](/deepseek-v3/) (DeepSeek, December 2024)" in body.introduction


def test_a_variant_that_differs_names_the_fields() -> None:
    body = pages("qwq-32b")["/qwq-32b/"].body
    assert "with [Qwen2.5 32B](/qwen2.5-32b/), but for `max_position_embeddings`." in body.introduction


def test_hub_and_page_of_a_format_name_the_makers_own_checkpoint() -> None:
    introduction = pages("gpt-oss-20b")["/gpt-oss-20b/"].body.introduction
    assert "by OpenAI itself: [MXFP4](/gpt-oss-20b/mxfp4/) as `openai/gpt-oss-20b`." in introduction
    published = pages("gpt-oss-20b")["/gpt-oss-20b/mxfp4/"].body.published
    assert published == ("OpenAI publishes gpt-oss-20b this way as openai/gpt-oss-20b.",)
    assert pages("gpt-oss-20b")["/gpt-oss-20b/q4_k_m/"].body.published == ()
