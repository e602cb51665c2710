"""T50: one field of a good response at a time is falsified, and each falsehood is refused.

Every row says which step refuses it, so that no row passes because of another mistake in it.
"""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.ceremony import (
    ORIGIN,
    Ceremony,
    judge_assertion,
    judge_registration,
    refused_step,
)
from tests.support.encoded import b64url, unb64url
from tests.support.software_authenticator import Lies, SoftwareAuthenticator

JSON = dict[str, Any]
OTHER_ID = b64url(b"another credential, 32 bytes long")

# What the client or the authenticator says falsely, under a signature that covers the lie.
SIGNED_LIES: dict[str, tuple[Lies, str]] = {
    "client data type": (Lies(type="webauthn.none"), "client_data_type"),
    "challenge": (Lies(challenge=b64url(b"c" * 32)), "challenge"),
    "origin": (Lies(origin="https://evil.test"), "origin"),
    "crossOrigin": (Lies(cross_origin=True), "cross_origin"),
    "topOrigin": (Lies(top_origin=ORIGIN), "top_origin"),
    "rpIdHash": (Lies(rp_id="evil.test"), "rp_id_hash"),
    "UP": (Lies(user_present=False), "user_presence"),
    "UV": (Lies(user_verified=False), "user_verification"),
    "BS without BE": (Lies(backup_eligible=False, backup_state=True), "backup_state"),
    "trailing bytes": (Lies(trailing=b"\x00"), "authenticator_data"),
    "id": (Lies(id=OTHER_ID), "credential_id"),
    "rawId": (Lies(raw_id=OTHER_ID), "credential_id"),
    "id and rawId": (Lies(id=OTHER_ID, raw_id=OTHER_ID), "credential_id"),
}
ASSERTION_LIES: dict[str, tuple[Lies, str]] = {
    "userHandle": (Lies(user_handle=b64url(b"somebody")), "user_handle"),
    "BE": (Lies(backup_eligible=False, backup_state=False), "backup_eligibility"),
    "signature": (Lies(signature=b"0" * 70), "signature"),
}


@pytest.mark.parametrize(("lies", "step"), SIGNED_LIES.values(), ids=SIGNED_LIES.keys())
def test_a_false_field_refuses_the_registration(lies: Lies, step: str) -> None:
    assert refused_step(judge_registration, Ceremony().registration(lies)) == step


@pytest.mark.parametrize(
    ("lies", "step"),
    [*SIGNED_LIES.values(), *ASSERTION_LIES.values()],
    ids=[*SIGNED_LIES, *ASSERTION_LIES],
)
def test_a_false_field_refuses_the_assertion(lies: Lies, step: str) -> None:
    ceremony = Ceremony()
    assert refused_step(judge_assertion, ceremony.assertion(lies), ceremony.passkey()) == step


# What somebody on the way changes in the JSON, without being able to sign.
Mutation = Callable[[JSON], object]


def outer(name: str, value: object) -> Mutation:
    return lambda response: response.__setitem__(name, value)


def inner(name: str, value: object) -> Mutation:
    return lambda response: response["response"].__setitem__(name, value)


def outer_without(name: str) -> Mutation:
    return lambda response: response.pop(name)


def inner_without(name: str) -> Mutation:
    return lambda response: response["response"].pop(name)


def padded(name: str) -> Mutation:
    def pad(response: JSON) -> None:
        text: str = response["response"][name]
        response["response"][name] = text + "=" * (-len(text) % 4 or 4)

    return pad


def padded_ids(response: JSON) -> None:
    response["id"] = response["rawId"] = response["rawId"] + "="


def plain_base64_ids(response: JSON) -> None:
    response["id"] = response["rawId"] = "+/" + response["rawId"][2:]


def loose_bits(response: JSON) -> None:
    """43 characters carry two bits that mean nothing; only zeros are canonical."""
    response["id"] = response["rawId"] = response["rawId"][:-1] + "B"


TYPES: list[object] = ["public-KEY", "", None, 7, ["public-key"], {}]
WRONG: list[object] = ["", "*", None, 7, True, [], {}, ["AAAA"], "\ud800", "A", "AAAA AAAA"]
NO_OBJECTS: list[object] = [[], "x", 7, True]
NO_TRANSPORTS: list[object] = ["usb", {}, 7, [7], [["usb"]], [""]]
NO_TEXTS: list[object] = [7, [], {}, True]
FORM_MUTATIONS: list[tuple[Mutation, str]] = [
    *((outer("type", value), "credential_type") for value in TYPES),
    (outer_without("type"), "credential_type"),
    *((outer(name, value), "credential_id") for name in ("id", "rawId") for value in WRONG),
    (outer_without("id"), "credential_id"),
    (outer_without("rawId"), "credential_id"),
    (padded_ids, "credential_id"),
    (plain_base64_ids, "credential_id"),
    (loose_bits, "credential_id"),
    *((outer("response", value), "response_form") for value in [None, *NO_OBJECTS]),
    (outer_without("response"), "response_form"),
    *((inner("clientDataJSON", value), "response_form") for value in WRONG),
    (inner_without("clientDataJSON"), "response_form"),
    (padded("clientDataJSON"), "response_form"),
    (inner("clientDataJSON", "A" * 20_000), "response_form"),
    *((outer("clientExtensionResults", v), "response_form") for v in NO_OBJECTS),
]
REGISTRATION_MUTATIONS: list[tuple[Mutation, str]] = [
    *((inner("attestationObject", value), "response_form") for value in WRONG),
    (inner_without("attestationObject"), "response_form"),
    (padded("attestationObject"), "response_form"),
    (inner("attestationObject", "A" * 40_000), "response_form"),
    *((inner("transports", v), "response_form") for v in NO_TRANSPORTS),
    (inner("transports", ["x" * 33]), "response_form"),
    (inner("transports", ["usb\n"]), "response_form"),
    (inner("transports", ["usb"] * 17), "response_form"),
    *((outer("authenticatorAttachment", v), "response_form") for v in NO_TEXTS),
]
ASSERTION_MUTATIONS: list[tuple[Mutation, str]] = [
    *(
        (inner(name, value), "response_form")
        for name in ("authenticatorData", "signature")
        for value in WRONG
    ),
    (inner_without("authenticatorData"), "response_form"),
    (inner_without("signature"), "response_form"),
    (padded("authenticatorData"), "response_form"),
    (padded("signature"), "response_form"),
    (inner("signature", "A" * 2_000), "response_form"),
    (inner("authenticatorData", "A" * 8_000), "response_form"),
    *((inner("userHandle", value), "user_handle") for value in WRONG),
    (padded("userHandle"), "user_handle"),
]


@pytest.mark.parametrize(("mutate", "step"), FORM_MUTATIONS + REGISTRATION_MUTATIONS)
def test_a_registration_of_another_form_is_refused(mutate: Mutation, step: str) -> None:
    """N162 and wrong types, one spelling of base64url, limits of length."""
    response = Ceremony().registration()
    mutate(response)
    assert refused_step(judge_registration, response) == step


@pytest.mark.parametrize(("mutate", "step"), FORM_MUTATIONS + ASSERTION_MUTATIONS)
def test_an_assertion_of_another_form_is_refused(mutate: Mutation, step: str) -> None:
    """N162 and wrong types, one spelling of base64url, limits of length."""
    ceremony = Ceremony()
    response = ceremony.assertion()
    mutate(response)
    assert refused_step(judge_assertion, response, ceremony.passkey()) == step


@pytest.mark.parametrize("value", [None, [], "x", 7, True, 1.5, b"bytes", [[]], {}])
def test_what_is_no_response_at_all_is_refused(value: object) -> None:
    assert refused_step(judge_registration, value) == "response_form"
    assert refused_step(judge_assertion, value, Ceremony().passkey()) == "response_form"


def test_unknown_members_and_unknown_hints_are_tolerated() -> None:
    response = Ceremony(SoftwareAuthenticator(origin=ORIGIN, transports=["usb", "warp", "usb"]))
    changed = copy.deepcopy(response.registration())
    changed |= {"authenticatorAttachment": "implanted", "future": [1]}
    changed["response"]["future"] = {"a": None}
    verified = judge_registration(changed)
    assert (verified.transports, verified.attachment) == (("usb", "warp"), None)


def test_sixteen_transports_of_32_characters_are_the_limit() -> None:
    transports = [f"{n:032}" for n in range(16)]
    device = SoftwareAuthenticator(origin=ORIGIN, transports=transports)
    assert judge_registration(Ceremony(device).registration()).transports == tuple(transports)


@pytest.mark.parametrize("position", range(37))
def test_no_byte_of_signed_authenticator_data_may_change(position: int) -> None:
    ceremony = Ceremony()
    response = ceremony.assertion()
    data = bytearray(unb64url(response["response"]["authenticatorData"]))
    data[position] ^= 0x20
    response["response"]["authenticatorData"] = b64url(bytes(data))
    step = refused_step(judge_assertion, response, ceremony.passkey())
    assert step == ("rp_id_hash" if position < 32 else "signature")
