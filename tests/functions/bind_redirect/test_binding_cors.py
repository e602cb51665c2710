"""The room `bind_redirect`: which pages may call it (Fetch standard, "CORS protocol")."""

import pytest

from tests.support.binding_steps import ORIGIN, BindingSteps, LinkSteps, new_binding
from tests.support.platform import Answer, Platform

TRUSTED = "https://accounts.example.com"
EVIL = "https://evil.example"
STRANGERS = [EVIL, "null", "http://app.example.com", "https://app.example.com.evil.example"]
STRANGERS += ["https://APP.example.com", f"{ORIGIN}/", f"{ORIGIN}:444"]


@pytest.fixture(scope="module")
def binding(platform: Platform) -> BindingSteps:
    return new_binding(
        platform,
        trusted_origins=[TRUSTED],
        relying_party_id="example.com",
        expected_origins=[ORIGIN, TRUSTED],
    )


def allowed(answer: Answer) -> str | None:
    assert "origin" in answer.headers["vary"].lower()
    assert "access-control-allow-credentials" not in answer.headers
    return answer.headers.get("access-control-allow-origin")


def test_every_preflight_gets_the_same_answer_without_a_look_up(binding: BindingSteps) -> None:
    """Nothing is learned from it: unknown jobs, other origins and other verbs alike."""
    from tests.support.aws_calls import count_aws_calls

    link = binding.link()
    unknown = link.base[:-16] + "0" * 16
    answers = set()
    with count_aws_calls() as calls:
        for base in (link.base, unknown):
            for verb in ("invokeAuthenticator", "beginBinding", "completeBinding", "no"):
                for origin in (ORIGIN, EVIL):
                    headers = {"origin": origin, "access-control-request-method": "POST"}
                    url = f"{base}:{verb}"
                    answer = binding.platform.call("OPTIONS", url, headers=headers)
                    answers.add((answer.status, answer.body, tuple(answer.headers.items())))
    assert calls == []
    assert len(answers) == 1
    status, body, headers_seen = next(iter(answers))
    seen = dict(headers_seen)
    assert (status, body) == (204, b"")
    assert seen["access-control-allow-origin"] == "*"
    assert seen["access-control-allow-headers"] == "authorization, content-type, dpop"
    assert {"GET", "POST"} <= set(seen["access-control-allow-methods"].split(", "))


@pytest.mark.parametrize("origin", [ORIGIN, TRUSTED])
def test_pages_of_the_config_may_read_every_answer(binding: BindingSteps, origin: str) -> None:
    """The origin of the invoke URL is one of them though no trusted origin names it."""
    link = binding.link()
    followed = link.follow(origin=origin, accept="application/json")
    begun = link.begin(origin=origin)
    refused = link.complete({"binding_session": "x", "credential": {}}, origin=origin)
    done = link.complete(origin=origin)
    ended = link.begin(origin=origin)
    gone = link.follow(origin=origin, accept="application/json")
    answers = (followed, begun, refused, done, ended, gone)
    assert [a.status for a in answers] == [200, 200, 400, 200, 410, 410]
    assert {allowed(a) for a in answers} == {origin}


@pytest.mark.parametrize("origin", STRANGERS)
def test_pages_of_other_origins_are_refused_before_any_change(
    binding: BindingSteps, origin: str
) -> None:
    link = binding.link()
    body = {"binding_session": "x", "credential": {}}
    answers = (
        link.follow(origin=origin, accept="application/json"),
        link.begin(origin=origin),
        link.complete(body, origin=origin),
    )
    assert [a.status for a in answers] == [403, 403, 403]
    assert {allowed(a) for a in answers} == {None}
    assert link.state() == "LINK_SENT"
    good = link.answer()
    assert link.complete(good, origin=origin).status == 403
    assert link.complete(good).status == 200
    assert link.begin(origin=origin).status == 403  # not 410: it is nobody this page may ask about


def wrong(link: LinkSteps, origin: str) -> list[Answer]:
    token = "x" * 64
    body = {"binding_session": "x", "credential": {}}
    return [link.begin(token, origin=origin), link.complete(body, token, origin=origin)]


def test_before_the_token_is_verified_no_origin_may_read_anything(binding: BindingSteps) -> None:
    """The 404 is the same for a page of the config and for any other."""
    link = binding.link()
    answers = wrong(link, ORIGIN) + wrong(link, EVIL)
    assert {a.status for a in answers} == {404}
    assert {allowed(a) for a in answers} == {None}
    assert len({a.body for a in answers}) == 1


def test_without_an_origin_it_is_no_matter_of_cors(binding: BindingSteps) -> None:
    link = binding.link()
    begun = link.begin()
    assert (begun.status, allowed(begun)) == (200, None)
