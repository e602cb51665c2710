"""Signature counters: WebAuthn L3 §6.1.1 and §7.2 step 22 (N160).

A copied key betrays itself by a counter that does not move. Synced passkeys are copied on purpose,
so theirs are only recorded; on a device-bound passkey it ends the ceremony.
"""

import pytest
from keybound.ceremonies.authentication import RegisteredPasskey, VerifiedAssertion

from tests.support.ceremony import ORIGIN, Ceremony, judge_assertion, refused_step
from tests.support.software_authenticator import Lies, SoftwareAuthenticator

LARGEST = 2**32 - 1


def passkey_with(stored: int, *, synced: bool) -> tuple[Ceremony, RegisteredPasskey]:
    ceremony = Ceremony(SoftwareAuthenticator(origin=ORIGIN, backup_eligible=synced))
    known = ceremony.passkey()
    return ceremony, RegisteredPasskey(
        known.credential_id, known.public_key, stored, known.backup_eligible, known.backup_state
    )


def judge(stored: int, sent: int, *, synced: bool) -> VerifiedAssertion:
    ceremony, passkey = passkey_with(stored, synced=synced)
    return judge_assertion(ceremony.assertion(Lies(sign_count=sent)), passkey)


@pytest.mark.parametrize("synced", [True, False])
def test_both_zero_means_that_there_is_no_counter(synced: bool) -> None:
    verified = judge(0, 0, synced=synced)
    assert (verified.counter_moved, verified.clone_suspected) == (False, False)


@pytest.mark.parametrize("synced", [True, False])
@pytest.mark.parametrize(("stored", "sent"), [(0, 1), (1, 2), (7, LARGEST), (LARGEST - 1, LARGEST)])
def test_a_greater_counter_moved(stored: int, sent: int, synced: bool) -> None:
    verified = judge(stored, sent, synced=synced)
    assert (verified.sign_count, verified.counter_moved) == (sent, True)
    assert not verified.clone_suspected


@pytest.mark.parametrize(("stored", "sent"), [(1, 0), (5, 5), (5, 4), (LARGEST, LARGEST)])
def test_a_counter_that_does_not_move_is_refused_on_a_device_bound_passkey(
    stored: int, sent: int
) -> None:
    ceremony, passkey = passkey_with(stored, synced=False)
    response = ceremony.assertion(Lies(sign_count=sent))
    assert refused_step(judge_assertion, response, passkey) == "sign_count"


@pytest.mark.parametrize(("stored", "sent"), [(1, 0), (5, 5), (5, 4), (LARGEST, LARGEST)])
def test_a_counter_that_does_not_move_is_recorded_on_a_synced_passkey(
    stored: int, sent: int
) -> None:
    verified = judge(stored, sent, synced=True)
    assert (verified.sign_count, verified.counter_moved) == (sent, False)
    assert verified.clone_suspected


def test_the_counter_is_judged_only_under_a_good_signature() -> None:
    ceremony, passkey = passkey_with(9, synced=False)
    forged = ceremony.assertion(Lies(sign_count=3, signature=b"not one"))
    assert refused_step(judge_assertion, forged, passkey) == "signature"


def test_a_device_bound_passkey_counts_from_its_registration_on() -> None:
    ceremony = Ceremony(SoftwareAuthenticator(origin=ORIGIN, backup_eligible=False))
    assert ceremony.register().sign_count == 1
    assert [ceremony.sign_in().sign_count for _ in range(3)] == [2, 3, 4]
