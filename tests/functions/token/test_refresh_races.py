"""One refresh token, many at once (T30, N81), and against what ends it."""

import json
from collections.abc import Callable

from keybound.domain.encoding import from_b64url

from tests.support.at_once import at_once
from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import new_sign_in

THREADS = 50
GRANTS = ("authorization_code", "refresh_token")


def answers_at_once(runners: int, call: Callable[[int], Answer]) -> list[Answer]:
    answers = at_once(runners, call)
    assert [answer for answer in answers if isinstance(answer, BaseException)] == []
    return [answer for answer in answers if isinstance(answer, Answer)]


def jti(answer: Answer) -> str:
    payload = answer.json()["access_token"].split(".")[1]
    return str(json.loads(from_b64url(payload))["jti"])


def test_t30_n81_fifty_refreshes_with_one_token_make_one_new_member(platform: Platform) -> None:
    """All come within the grace, so all get the one answer."""
    person = new_sign_in(platform, grant_types=GRANTS)
    token = person.tokens()["refresh_token"]
    answers = answers_at_once(THREADS, lambda _: person.refresh(token))
    assert {answer.status for answer in answers} == {200}
    successors = {answer.json()["refresh_token"] for answer in answers}
    assert len(successors) == 1
    assert successors != {token}
    assert len({jti(answer) for answer in answers}) == 1
    assert person.refresh(successors.pop()).status == 200


def test_of_different_parameters_at_once_one_kind_wins(platform: Platform) -> None:
    person = new_sign_in(platform, grant_types=GRANTS, allowed_scopes=("orders",))
    token = person.tokens(scope="openid orders")["refresh_token"]
    scopes = ("openid", "orders")
    answers = answers_at_once(20, lambda n: person.refresh(token, scope=scopes[n % 2]))
    good = [answer for answer in answers if answer.status == 200]
    assert len({answer.json()["scope"] for answer in good}) == 1
    assert len({answer.json()["refresh_token"] for answer in good}) == 1
    assert len(good) == 10
    for answer in answers:
        if answer.status != 200:
            check_json(answer, 400, "invalid_request")
    assert person.refresh(good[0].json()["refresh_token"]).status == 200


def test_wrong_attempts_at_the_same_time_do_not_disturb_the_right_one(platform: Platform) -> None:
    person, other = (new_sign_in(platform, grant_types=GRANTS) for _ in range(2))
    token = person.tokens()["refresh_token"]
    wrong = token.partition(".")[0] + "." + "A" * 64
    calls = [person.refresh, lambda _: person.refresh(wrong), other.refresh]
    answers = answers_at_once(30, lambda n: calls[n % 3](token))
    assert [answer.status for answer in answers] == [200, 400, 400] * 10
    assert person.refresh(answers[0].json()["refresh_token"]).status == 200


def test_a_replayed_code_at_the_same_time_ends_every_answer(platform: Platform) -> None:
    """T31: whoever was faster holds tokens of a revoked login."""
    person = new_sign_in(platform, grant_types=GRANTS)
    code = person.code()
    token = person.redeem(code).json()["refresh_token"]
    answers = answers_at_once(
        20, lambda n: person.redeem(code) if n == 0 else person.refresh(token)
    )
    check_json(answers[0], 400, "invalid_grant")
    check_json(person.refresh(token), 400, "invalid_grant")
    for answer in answers[1:]:
        if answer.status == 200:
            check_json(person.refresh(answer.json()["refresh_token"]), 400, "invalid_grant")
            check_json(person.userinfo(answer.json()["access_token"]), 401, "invalid_token")
