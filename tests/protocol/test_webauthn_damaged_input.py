"""Damaged input never raises anything but CeremonyRefused, so it can never become a 5xx.

12,000 responses with damage of every depth, from the JSON down to COSE keys and extension maps. The
damage is seeded, keys are fresh. A registration that survives damage must still be a good one.
"""

import copy
import random
from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from keybound.ceremonies.authentication import read_assertion
from keybound.ceremonies.errors import CeremonyRefused

from tests.support.ceremony import ORIGIN, Ceremony, judge_assertion, judge_registration
from tests.support.cose_keys import EDDSA, ES256, RS256
from tests.support.encoded import b64url, unb64url
from tests.support.software_authenticator import Lies, SoftwareAuthenticator

ROUNDS = 3000
SEED = 20240611
JSON = dict[str, Any]


def garbage(rng: random.Random, depth: int = 0) -> Any:
    """A JSON value of any kind, sometimes deep."""
    if depth < 3 and rng.random() < 0.3:
        values = [garbage(rng, depth + 1) for _ in range(rng.randrange(4))]
        return values if rng.random() < 0.5 else {f"k{n}": v for n, v in enumerate(values)}
    if rng.random() < 0.02:
        deep: Any = "x"
        for _ in range(2000):
            deep = [deep]
        return deep
    return rng.choice(
        [None, True, False, 0, -1, 2**70, 1.5, "", "=", "AAAA", "\ud800", "é", "A" * 5000, "\x00"]
    )


def damaged_bytes(rng: random.Random, data: bytes) -> bytes:
    """Flip, cut, insert, repeat or splice; often more than once."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5])):
        at = rng.randrange(len(changed) + 1)
        kind = rng.randrange(6)
        if kind == 0 and changed:
            changed[at % len(changed)] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del changed[at:]
        elif kind == 2:
            changed[at:at] = rng.randbytes(rng.randrange(1, 9))
        elif kind == 3:
            del changed[at : at + rng.randrange(1, 9)]
        elif kind == 4 and changed:
            changed[at % len(changed)] = rng.choice(
                [0x00, 0x5F, 0x7F, 0x9F, 0xBF, 0xC4, 0xD8, 0xFF]
            )
        else:
            changed += changed[: rng.randrange(len(changed) + 1)]
    return bytes(changed)


def damaged_json(rng: random.Random, response: JSON) -> Any:
    """Replace, drop or double a member anywhere in the response."""
    changed = copy.deepcopy(response)
    target = rng.choice([changed, changed["response"]])
    name = rng.choice(list(target))
    if rng.random() < 0.2:
        del target[name]
    elif rng.random() < 0.05:
        return garbage(rng)
    else:
        target[name] = garbage(rng)
    return changed


def damaged_member(rng: random.Random, response: JSON) -> JSON:
    """Damage the bytes of one base64url member."""
    changed = copy.deepcopy(response)
    names = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")
    name = rng.choice([name for name in names if name in changed["response"]])
    changed["response"][name] = b64url(damaged_bytes(rng, unb64url(changed["response"][name])))
    return changed


def cbor_value(rng: random.Random, depth: int = 0) -> Any:
    """Any CBOR value a decoder may build: tags, big numbers, floats, odd keys."""
    if depth < 3 and rng.random() < 0.25:
        return [cbor_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    if depth < 3 and rng.random() < 0.25:
        return {rng.choice([1, 3, -1, "a", 2**65]): cbor_value(rng, depth + 1) for _ in range(3)}
    return rng.choice(
        [
            *(0, 1, 2, 3, 6, 7, -7, -8, -257, -36, 2**64, -(2**70), 1.5, float("nan"), True, None),
            *("", "OKP", "x5c", b"", b"\x01\x00\x01", rng.randbytes(32), rng.randbytes(256)),
            cbor2.CBORTag(rng.choice([0, 1, 2, 4, 5, 28, 29, 30, 35, 36, 37, 258]), "x"),
        ]
    )


def cose_like(rng: random.Random) -> bytes:
    """A map that resembles a COSE_Key, with members taken away, exchanged or of another type."""
    shapes: list[dict[Any, Any]] = [
        {1: 2, 3: ES256, -1: 1, -2: rng.randbytes(32), -3: rng.randbytes(32)},
        {1: 1, 3: EDDSA, -1: 6, -2: rng.randbytes(32)},
        {1: 3, 3: RS256, -1: rng.randbytes(256), -2: b"\x01\x00\x01"},
    ]
    key = rng.choice(shapes)
    for _ in range(rng.randrange(3)):
        key[rng.choice([*key, 2, "x"])] = cbor_value(rng)
    if rng.random() < 0.2:
        del key[rng.choice(list(key))]
    return cbor2.dumps(key)


def lies_in_cbor(rng: random.Random) -> Lies:
    """Falsehoods inside an otherwise sound response: key, extensions, statement, whole object."""
    choice = rng.randrange(5)
    if choice == 0:
        return Lies(public_key=cose_like(rng))
    if choice == 1:
        return Lies(extensions=cbor2.dumps(cbor_value(rng)))
    if choice == 2:
        return Lies(flags=rng.randrange(256))
    formats = ["none", "packed", "tpm", "apple", "android-key", "android-safetynet", "fido-u2f"]
    if choice == 3:
        members = ["alg", "sig", "x5c", "ver", "certInfo", "pubArea", "response"]
        statement = {rng.choice(members): cbor_value(rng) for _ in range(3)}
        return Lies(format=rng.choice(formats), statement=statement)
    return Lies(attestation_object=cbor2.dumps(cbor_value(rng)))


def refused_or_good(judge: Callable[..., Any], *arguments: Any) -> Any:
    """The verdict, or None for a refusal. Any other exception fails the test."""
    try:
        return judge(*arguments)
    except CeremonyRefused as refusal:
        assert refusal.step and refusal.detail.startswith(refusal.step)
        assert len(refusal.detail) < 300
        return None


def authenticators(attestation: str = "packed") -> list[SoftwareAuthenticator]:
    return [
        SoftwareAuthenticator(origin=ORIGIN, algorithm=algorithm, attestation=attestation)
        for algorithm in (ES256, EDDSA, RS256)
    ]


@pytest.mark.parametrize("damage", [damaged_json, damaged_member])
def test_damaged_registrations_are_refused_or_good(
    damage: Callable[[random.Random, JSON], Any],
) -> None:
    rng = random.Random(SEED)
    originals = [
        Ceremony(device).registration()
        for device in authenticators("none") + authenticators("packed")
    ]
    refused = 0
    for _ in range(ROUNDS):
        verified = refused_or_good(judge_registration, damage(rng, rng.choice(originals)))
        refused += verified is None
        assert verified is None or (verified.user_verified and verified.credential_id)
    assert refused > ROUNDS // 5


def test_registrations_with_lies_in_their_cbor_are_refused_or_good() -> None:
    rng = random.Random(SEED)
    device = SoftwareAuthenticator(origin=ORIGIN)
    refused = 0
    for _ in range(ROUNDS):
        response = Ceremony(device).registration(lies_in_cbor(rng))
        verified = refused_or_good(judge_registration, response)
        refused += verified is None
        assert verified is None or verified.algorithm in (ES256, EDDSA, RS256)
    assert refused > ROUNDS // 2


def test_damaged_assertions_are_refused_or_the_same() -> None:
    rng = random.Random(SEED)
    ceremonies = [Ceremony(device) for device in authenticators()]
    originals = [(ceremony.assertion(), ceremony.passkey()) for ceremony in ceremonies]
    trusted = ("clientDataJSON", "authenticatorData", "signature", "userHandle")
    for _ in range(ROUNDS):
        response, passkey = rng.choice(originals)
        changed = rng.choice([damaged_json, damaged_member])(rng, response)
        refused_or_good(read_assertion, changed)
        if refused_or_good(judge_assertion, changed, passkey) is not None:
            assert changed["id"] == changed["rawId"] == response["rawId"]
            assert [changed["response"][n] for n in trusted] == [
                response["response"][n] for n in trusted
            ]
