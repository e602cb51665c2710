"""One text for every refusal; the step and its cause are for the log."""

import pytest
from keybound.ceremonies.errors import CeremonyRefused
from keybound.ceremonies.untrusted import refused_as
from keybound.domain.errors import PlatformError

from tests.support.ceremony import Ceremony, judge_registration
from tests.support.software_authenticator import Lies


def test_every_step_is_refused_with_the_same_words() -> None:
    first = CeremonyRefused("origin", detail="not an expected origin")
    second = CeremonyRefused("sign_count")
    assert isinstance(first, PlatformError)
    assert first.code == "ceremony_refused"
    assert first.description == second.description == str(first)
    assert (first.step, first.detail) == ("origin", "origin: not an expected origin")
    assert (second.step, second.detail) == ("sign_count", "sign_count")


@pytest.mark.parametrize(
    "error",
    [ValueError("input"), KeyError(1), TypeError(), RecursionError(), MemoryError(), IndexError()],
)
def test_whatever_a_parser_raises_becomes_a_refusal(error: Exception) -> None:
    with pytest.raises(CeremonyRefused) as refusal, refused_as("public_key"):
        raise error
    assert refusal.value.step == "public_key"
    assert refusal.value.detail == f"public_key: {type(error).__name__}"
    assert refusal.value.__cause__ is error


def test_a_refusal_inside_keeps_its_own_step() -> None:
    with pytest.raises(CeremonyRefused) as refusal, refused_as("public_key"):
        raise CeremonyRefused("algorithm")
    assert refusal.value.step == "algorithm"


def test_an_interrupt_is_no_refusal() -> None:
    with pytest.raises(KeyboardInterrupt), refused_as("public_key"):
        raise KeyboardInterrupt


def test_the_detail_quotes_nothing_that_was_sent() -> None:
    secret = "Zm9yIHRoZSBsb2cgb25seQ"
    for lies in (
        Lies(challenge=secret),
        Lies(origin=secret),
        Lies(client_data_json=secret.encode()),
    ):
        with pytest.raises(CeremonyRefused) as refusal:
            judge_registration(Ceremony().registration(lies))
        assert secret not in refusal.value.detail
