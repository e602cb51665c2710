"""However long its members are, a full page of identities fits into one answer of a function."""

import json
import os
from typing import Any

import pytest

from functions.identities.body import MAX_TRAIT, TraitsBody
from tests.support.configuration_bodies import refused_fields
from tests.support.platform import Answer, Platform

LONGEST_PAGE = 200
LARGEST_ANSWER = 6 * 1024 * 1024
TEXTS = [
    name
    for name in TraitsBody.model_fields
    if name not in ("type", "username", "photo", "profile_url") and "email" not in name
]


def identity(character: str, members: int) -> dict[str, Any]:
    traits = {"type": "traits_v0", "username": f"long-{os.urandom(4).hex()}"}
    traits |= {name: character * MAX_TRAIT for name in TEXTS[:members]}
    return {"identity": {"display_name": "Long", "traits": traits}}


def weight(answer: Answer) -> int:
    """What the body takes in the event that a function answers with."""
    return len(json.dumps(answer.text, ensure_ascii=False).encode())


@pytest.mark.parametrize("character", ["\U0001f600", '"', "\\"])
def test_traits_that_are_too_long_together_are_refused(platform: Platform, character: str) -> None:
    everything = platform.manage("POST", "/identities", identity(character, len(TEXTS)))
    assert refused_fields(everything) == ["identity.traits"]


@pytest.mark.parametrize("character", ["\U0001f600", '"', "\\", "x"])
def test_two_hundred_of_the_longest_fit_into_one_answer(platform: Platform, character: str) -> None:
    fitting = len(TEXTS) if character == "x" else 20
    made = platform.manage("POST", "/identities", identity(character, fitting))
    assert made.status == 200, made.text
    assert weight(made) * LONGEST_PAGE < LARGEST_ANSWER


def test_a_change_is_judged_by_what_it_makes_of_the_whole(platform: Platform) -> None:
    made = platform.manage("POST", "/identities", identity("\U0001f600", 20)).json()
    more = {name: "\U0001f600" * MAX_TRAIT for name in TEXTS[20:]}
    change = {"identity": {"traits": {"type": "traits_v0", **more}}}
    path = f"/identities/{made['id']}"
    assert refused_fields(platform.manage("PATCH", path, change)) == ["identity.traits"]
    assert platform.manage("GET", path).json() == made
