"""One assertion, one code: in a row, at once, and beside whatever else happens (T51, N38)."""

from collections.abc import Callable

import pytest

from tests.support.at_once import at_once
from tests.support.oauth_answers import added, check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SignIn, new_sign_in
from tests.support.software_authenticator import Lies, SoftwareAuthenticator
from tests.support.table_state import logins

ORIGIN = "https://app.example.com"
THREADS = 50


def device(*, synced: bool, counting: bool = True) -> SoftwareAuthenticator:
    return SoftwareAuthenticator(origin=ORIGIN, backup_eligible=synced, counting=counting)


def answers_at_once(runners: int, call: Callable[[int], Answer]) -> list[Answer]:
    answers = at_once(runners, call)
    failures = [answer for answer in answers if isinstance(answer, BaseException)]
    assert failures == []
    return [answer for answer in answers if isinstance(answer, Answer)]


def codes(answers: list[Answer]) -> list[str]:
    good = [a for a in answers if a.status == 200]
    return [added(a.json()["redirect_url"])["code"] for a in good]


def credential(person: SignIn) -> dict[str, object]:
    from keybound.domain.credential import credential_hash
    from keybound.domain.encoding import from_b64url
    from keybound.storage import keys

    p = person.passkey
    hashed = credential_hash(from_b64url(p.credential_id))
    item = person.platform.deployment.directory.get(
        keys.credential(p.tenant_id, p.realm_id, hashed)
    )
    assert item is not None
    return item


@pytest.mark.parametrize("counting", [False, True], ids=["no counter", "counter"])
@pytest.mark.parametrize("synced", [False, True], ids=["device-bound", "synced"])
def test_t51_fifty_posts_of_one_assertion_give_exactly_one_code(
    platform: Platform, synced: bool, counting: bool
) -> None:
    person = new_sign_in(platform, authenticator=device(synced=synced, counting=counting))
    request = person.request()
    assertion = person.assertion(request)
    before = len(logins())
    answers = answers_at_once(THREADS, lambda _: person.authenticate(request, assertion))
    found = codes(answers)
    assert len(found) == 1, [a.text for a in answers if a.status not in (200, 400)]
    assert {a.status for a in answers} == {200, 400}
    assert len(logins()) == before + 1
    assert person.redeem(found[0]).status == 200


def test_n38_n146_an_assertion_works_once(platform: Platform) -> None:
    person = new_sign_in(platform)
    request = person.request()
    assertion = person.assertion(request)
    assert person.authenticate(request, assertion).status == 200
    before = logins()
    check_json(person.authenticate(request, assertion), 400, "invalid_request")
    assert logins() == before


def test_n38_another_assertion_for_a_used_request_is_refused(platform: Platform) -> None:
    """The challenge is what is used up, whoever signs it."""
    person, somebody = new_sign_in(platform), new_sign_in(platform)
    request = person.request()
    assert person.authenticate(request).status == 200
    again = person.authenticate(request, somebody.assertion(request))
    check_json(again, 400, "invalid_request")
    check_json(person.authenticate(request), 400, "invalid_request")


def test_the_used_mark_outlives_the_request(platform: Platform) -> None:
    """No sweep may reopen a challenge while its request could still be opened."""
    person = new_sign_in(platform)
    now = platform.clock.now()
    before = {item["pk"]["S"] for item in logins()}
    person.code()
    (made,) = [item for item in logins() if item["pk"]["S"] not in before]
    assert int(made["ttl"]["N"]) >= now + 300 + 60


def test_n160_a_lower_or_equal_counter_of_a_device_bound_passkey_is_refused(
    platform: Platform,
) -> None:
    person = new_sign_in(platform, authenticator=device(synced=False))
    person.code()
    stored = credential(person)["sign_count"]
    for count in (0, 1, int(str(stored))):
        request = person.request()
        answer = person.authenticate(request, person.assertion(request, Lies(sign_count=count)))
        check_json(answer, 400, "access_denied")
    assert credential(person)["sign_count"] == stored


def test_n160_a_lower_counter_of_a_synced_passkey_is_recorded_and_never_written(
    platform: Platform,
) -> None:
    import json

    from tests.support.log_lines import captured_log

    person = new_sign_in(platform, authenticator=device(synced=True))
    person.change_passkey(sign_count=40)
    request = person.request()
    with captured_log() as lines:
        answer = person.authenticate(request, person.assertion(request, Lies(sign_count=7)))
    assert answer.status == 200
    assert credential(person)["sign_count"] == 40
    assert json.loads(lines[0])["warning"] == "signature counter did not rise"


@pytest.mark.parametrize("synced", [False, True])
def test_a_counter_rises_with_the_sign_ins(platform: Platform, synced: bool) -> None:
    person = new_sign_in(platform, authenticator=device(synced=synced))
    before = int(str(credential(person)["sign_count"]))
    for step in (1, 2, 3):
        person.code()
        assert int(str(credential(person)["sign_count"])) == before + step


@pytest.mark.parametrize("synced", [False, True], ids=["device-bound", "synced"])
def test_parallel_sign_ins_leave_the_highest_counter(platform: Platform, synced: bool) -> None:
    """A device-bound passkey loses to a parallel higher counter, a synced one stands."""
    person = new_sign_in(platform, authenticator=device(synced=synced))
    requests = [person.request() for _ in range(12)]
    assertions = [person.assertion(request) for request in requests]
    answers = answers_at_once(12, lambda n: person.authenticate(requests[n], assertions[n]))
    highest = person.authenticator.passkeys[0].sign_count
    assert int(str(credential(person)["sign_count"])) == highest
    found = codes(answers)
    assert len(set(found)) == len(found)
    assert len(found) == 12 if synced else 1 <= len(found) <= 12
    assert {a.status for a in answers} <= {200, 400}


def test_a_passkey_that_is_revoked_in_the_middle_gives_no_code(platform: Platform) -> None:
    """The write beside the login holds the passkey to being active."""
    from unittest.mock import patch

    from keybound.storage.logins import PasskeyOwners

    person = new_sign_in(platform)
    read = PasskeyOwners.read

    def revoked_after_the_read(self: PasskeyOwners, *ids: str) -> object:
        found = read(self, *ids)  # type: ignore[arg-type]
        person.change_passkey(state="REVOKED")
        return found

    with patch.object(PasskeyOwners, "read", revoked_after_the_read):
        answer = person.authenticate(person.request())
    check_json(answer, 400, "access_denied")


def test_the_time_of_use_is_written_at_most_daily(platform: Platform) -> None:
    person = new_sign_in(platform)
    person.code()
    first = credential(person)["last_used_time"]
    platform.clock.advance(24 * 3600 - 10)
    person.code()
    assert credential(person)["last_used_time"] == first
    platform.clock.advance(10)
    person.code()
    assert int(str(credential(person)["last_used_time"])) >= int(str(first)) + 24 * 3600
    platform.clock.reset()
