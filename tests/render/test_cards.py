"""Pictures for link previews: the core's figures, the same bytes every time, no sign that the font lacks."""

from __future__ import annotations

import io

import pytest
from msgspec.structs import replace
from PIL import Image, ImageFont

from generator import formats
from generator.pages.social import SocialCard, holder_card, model_card, site_card
from generator.placement.holding import holders
from generator.render.cards import COLOURS, MARGIN, RIGHT, RULER_TOP, card_png, drawn
from tests.sample_site import SAMPLES, atlas


def picture(card: SocialCard) -> Image.Image:
    return Image.open(io.BytesIO(card_png(card))).convert("RGB")


def ruler(card: SocialCard) -> list[tuple[int, int, int]]:
    """Colours along the ruler, pixel by pixel."""
    image = picture(card)
    return [image.getpixel((x, RULER_TOP + 5)) for x in range(MARGIN, RIGHT + 1)]


@pytest.mark.parametrize("slug", SAMPLES)
def test_a_model_s_card_has_the_figures_of_its_hub(slug: str) -> None:
    subject = atlas().subject(slug)
    # OpenAI publishes gpt-oss in MXFP4, the others are best known at Q4_K_M.
    first = atlas().catalog.quantizations["mxfp4_moe" if slug == "gpt-oss-20b" else "q4_k_m"]
    estimate = subject.estimate(first, 32768)
    card = model_card(atlas(), subject)
    assert card.figure == formats.size(estimate.total_bytes)
    assert sum(segment.size_bytes for segment in card.segments) == estimate.total_bytes
    assert f"{first.name} with 32K" in card.picture.alt


@pytest.mark.parametrize("slug", SAMPLES)
def test_parts_take_their_share_of_the_ruler(slug: str) -> None:
    card = model_card(atlas(), atlas().subject(slug))
    colours, end = ruler(card), card.marks[-1].size_bytes
    weights = next(segment for segment in card.segments if segment.part == "weights")
    free = end - sum(segment.size_bytes for segment in card.segments)
    for part, size in (("weights", weights.size_bytes), ("empty", free)):
        assert colours.count(COLOURS[part]) == pytest.approx(len(colours) * size / end, abs=3)


def test_the_same_card_gives_the_same_bytes_and_another_a_new_name() -> None:
    card = model_card(atlas(), atlas().subject("llama-4-scout"))
    assert card_png(card) == card_png(replace(card))
    assert card.picture.path.startswith("/llama-4-scout/card-")
    assert replace(card, figure="70.0 GB").picture.path != card.picture.path


def test_every_sign_on_every_card_is_in_the_font() -> None:
    catalog = atlas().catalog
    cards = [site_card(atlas()), *(model_card(atlas(), atlas().subject(slug)) for slug in SAMPLES)]
    cards += [holder_card(atlas(), holder) for holder in holders(catalog).values()]
    texts = [text for card in cards for text in (card.site, card.heading, card.label, card.figure, card.note)]
    texts += [mark.label for card in cards for mark in card.marks] + [model.name for model in catalog.models.values()]
    font = ImageFont.load_default(40)
    missing = bytes(font.getmask("\ue000"))
    assert {sign for text in texts for sign in drawn(text) if bytes(font.getmask(sign)) == missing} == set()


def test_twice_the_longest_name_still_stays_on_the_card() -> None:
    longest = max((model.name for model in atlas().catalog.models.values()), key=len)
    card = replace(site_card(atlas()), heading=f"{longest} {longest}")
    image = picture(card)
    edge = {image.getpixel((x, y)) for x in range(RIGHT + 4, image.width) for y in range(120, 220)}
    assert edge == {(255, 255, 255)}


@pytest.mark.parametrize("slug", ["nemotron-3.5-lightning-30b-a3b", "qwen3-235b-a22b-thinking-2507"])
def test_nothing_on_a_card_runs_into_its_right_margin(slug: str) -> None:
    image = picture(model_card(atlas(), atlas().subject(slug)))
    margin = image.crop((RIGHT + 2, 0, image.width, image.height))
    assert [colour for _, colour in margin.getcolors()] == [(255, 255, 255)]
