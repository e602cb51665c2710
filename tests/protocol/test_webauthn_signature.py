"""The signature of an assertion: WebAuthn L3 §7.2 steps 20 and 21, §6.5.5."""

from collections.abc import Callable

import pytest
from keybound.ceremonies.authentication import RegisteredPasskey

from tests.support.ceremony import ORIGIN, Ceremony, judge_assertion, refused_step
from tests.support.cose_keys import EDDSA, ES256, RS256
from tests.support.software_authenticator import Lies, SoftwareAuthenticator


def refusal_of(lies: Lies, ceremony: Ceremony | None = None) -> str:
    ceremony = ceremony or Ceremony()
    return refused_step(judge_assertion, ceremony.assertion(lies), ceremony.passkey())


def test_step_20_the_signature_covers_the_hash_of_the_client_data() -> None:
    """N159: a signature over other client data."""
    reworded = Lies(change_client_data=lambda data: data.replace(b'"crossOrigin":false', b'"a":1'))
    assert refusal_of(reworded) == "signature"


def test_step_21_the_signature_covers_the_authenticator_data() -> None:
    counted = Lies(change_authenticator_data=lambda data: data[:36] + b"\x63")
    assert refusal_of(counted) == "signature"


SIGNATURE_CHANGES: list[Callable[[bytes], bytes]] = [
    lambda signature: signature[:-1] + bytes([signature[-1] ^ 1]),
    lambda signature: signature + b"\x00",
    lambda signature: signature[:-1],
    lambda signature: b"\x30\x00",
    lambda signature: b"\x00" * len(signature),
    lambda signature: b"x" * 1024,
]


@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256])
@pytest.mark.parametrize("change", SIGNATURE_CHANGES)
def test_step_21_a_damaged_signature_is_refused(
    algorithm: int, change: Callable[[bytes], bytes]
) -> None:
    """N159: one bit off, DER junk, wrong lengths."""
    ceremony = Ceremony(SoftwareAuthenticator(origin=ORIGIN, algorithm=algorithm))
    ceremony.register()
    signature = ceremony.authenticator.passkeys[0].key.sign(b"something else")
    assert refusal_of(Lies(signature=change(signature)), ceremony) == "signature"


@pytest.mark.parametrize("public_key", [b"", b"\x04", b"\xa0", b"\xa1\x01\x02", b"junk"])
def test_step_21_a_stored_key_that_cannot_be_read_refuses(public_key: bytes) -> None:
    ceremony = Ceremony()
    broken = RegisteredPasskey(ceremony.passkey().credential_id, public_key, 0, True, True)
    assert refused_step(judge_assertion, ceremony.assertion(), broken) == "signature"
