"""One code, many at once (T29, N69): one answer with tokens, and what the others mean for it."""

from tests.support.oauth_answers import check_json
from tests.support.platform import Platform
from tests.support.sign_in import new_sign_in
from tests.support.threads import at_once

THREADS = 50


def test_t29_n69_fifty_redemptions_of_one_code_give_one_token(platform: Platform) -> None:
    """And T31: the others are replays, so what the one was given is revoked."""
    person = new_sign_in(platform)
    code = person.code()
    answers = at_once(lambda _: person.redeem(code), THREADS)
    good = [answer for answer in answers if answer.status == 200]
    assert len(good) == 1
    for answer in answers:
        if answer is not good[0]:
            check_json(answer, 400, "invalid_grant")
    check_json(person.userinfo(good[0].json()["access_token"]), 401, "invalid_token")


def test_wrong_attempts_at_the_same_time_do_not_disturb_the_right_one(
    platform: Platform,
) -> None:
    person = new_sign_in(platform)
    code = person.code()
    wrong = {"code_verifier": "w" * 43}
    answers = at_once(lambda n: person.redeem(code) if n == 0 else person.redeem(code, **wrong), 20)
    assert [answer.status for answer in answers] == [200] + [400] * 19
    assert person.userinfo(answers[0].json()["access_token"]).status == 200


def test_parallel_sign_ins_of_many_people_do_not_mix(platform: Platform) -> None:
    people = [new_sign_in(platform) for _ in range(12)]
    tokens = at_once(lambda n: people[n].tokens(nonce=f"n-{n}"), 12)
    for person, found in zip(people, tokens, strict=True):
        answer = person.userinfo(found["access_token"])
        assert answer.json() == {"sub": person.identity.id}
