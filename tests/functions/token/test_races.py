"""One code, many at once (T29, N69): one answer with tokens, and what the others mean for it."""

from collections.abc import Callable

from tests.support.at_once import at_once
from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import new_sign_in

THREADS = 50


def answers_at_once(runners: int, call: Callable[[int], Answer]) -> list[Answer]:
    answers = at_once(runners, call)
    failures = [answer for answer in answers if isinstance(answer, BaseException)]
    assert failures == []
    return [answer for answer in answers if isinstance(answer, Answer)]


def test_t29_n69_fifty_redemptions_of_one_code_give_one_token(platform: Platform) -> None:
    """And T31: the others are replays, so what the one was given is revoked."""
    person = new_sign_in(platform)
    code = person.code()
    answers = answers_at_once(THREADS, lambda _: person.redeem(code))
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
    answers = answers_at_once(
        20, lambda n: person.redeem(code) if n == 0 else person.redeem(code, **wrong)
    )
    assert [answer.status for answer in answers] == [200] + [400] * 19
    assert person.userinfo(answers[0].json()["access_token"]).status == 200


def test_parallel_sign_ins_of_many_people_do_not_mix(platform: Platform) -> None:
    people = [new_sign_in(platform) for _ in range(12)]
    codes = [person.code() for person in people]
    answers = answers_at_once(12, lambda n: people[n].redeem(codes[n]))
    for person, found in zip(people, answers, strict=True):
        answer = person.userinfo(found.json()["access_token"])
        assert answer.json() == {"sub": person.identity.id}
