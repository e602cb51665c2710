"""The stand-in authenticator behaves like one, so that tests which use it mean something."""

import pytest

from tests.support.ceremony import GET_CHALLENGE, ORIGIN, Ceremony, options
from tests.support.encoded import b64url
from tests.support.software_authenticator import NotAllowed, SoftwareAuthenticator


def test_passkeys_are_found_by_rp_id_and_the_newest_answers() -> None:
    device = SoftwareAuthenticator(origin=ORIGIN)
    first = device.create(options(user_id=b"first"))
    second = device.create(options(user_id=b"second"))
    assert device.get("example.com", GET_CHALLENGE)["rawId"] == second["rawId"]
    only_first = [device.passkeys[0].credential_id]
    assert device.get("example.com", GET_CHALLENGE, only_first)["rawId"] == first["rawId"]
    with pytest.raises(NotAllowed, match="NotAllowedError"):
        device.get("other.test", GET_CHALLENGE)
    with pytest.raises(NotAllowed, match="NotAllowedError"):
        device.get("example.com", GET_CHALLENGE, [b"unknown"])


def test_a_second_passkey_of_the_same_user_replaces_the_first() -> None:
    ceremony = Ceremony()
    ceremony.registration()
    ceremony.registration()
    assert len(ceremony.authenticator.passkeys) == 1


def test_it_takes_challenges_as_options_carry_them_and_forgets_on_request() -> None:
    device = SoftwareAuthenticator(origin=ORIGIN)
    device.create(options())
    text = b64url(GET_CHALLENGE)
    response = device.get("example.com", text)["response"]
    honest = device.get("example.com", GET_CHALLENGE)["response"]
    assert response["clientDataJSON"] == honest["clientDataJSON"]
    device.forget(device.passkeys[0].credential_id)
    with pytest.raises(NotAllowed):
        device.get("example.com", text)


def test_it_makes_no_key_of_an_algorithm_that_is_not_offered() -> None:
    device = SoftwareAuthenticator(origin=ORIGIN)
    asked = options() | {"pubKeyCredParams": [{"type": "public-key", "alg": -257}]}
    with pytest.raises(NotAllowed, match="NotSupportedError"):
        device.create(asked)


@pytest.mark.parametrize(
    ("eligible", "counting", "counts"),
    [(True, None, [0, 0]), (False, None, [2, 3]), (True, True, [2, 3]), (False, False, [0, 0])],
)
def test_only_device_bound_passkeys_count_unless_told(
    eligible: bool, counting: bool | None, counts: list[int]
) -> None:
    device = SoftwareAuthenticator(origin=ORIGIN, backup_eligible=eligible, counting=counting)
    ceremony = Ceremony(device)
    assert [ceremony.sign_in().sign_count for _ in range(2)] == counts
