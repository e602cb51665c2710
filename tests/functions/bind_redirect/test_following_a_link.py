"""The room `bind_redirect`: following a link, which reads and never writes."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from keybound.storage import keys

from tests.support.aws_calls import count_aws_calls
from tests.support.binding_steps import ORIGIN, BindingSteps, LinkSteps, new_binding
from tests.support.configuration_bodies import make_config
from tests.support.platform import Platform

SEVEN_DAYS_S = 7 * 24 * 3600
JSON = "application/json"
SCANNERS = (
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1) SafeLinks",
    "Barracuda Sentinel (EE)",
    "Mimecast-URL-Protect",
    "python-requests/2.32",
    "",
)


@pytest.fixture(scope="module")
def binding(platform: Platform) -> BindingSteps:
    return new_binding(platform)


def instruction(link: LinkSteps) -> dict[str, str]:
    """The six members that the app receives, in their order."""
    return {
        "api_base_url": link.platform.auth_base_url,
        "tenant_id": link.job["tenant_id"],
        "realm_id": link.job["realm_id"],
        "identity_id": link.job["identity_id"],
        "job_id": link.job["id"],
        "token": link.token,
    }


def test_a_browser_is_sent_to_the_apps_bind_route(binding: BindingSteps) -> None:
    link = binding.link()
    answer = link.follow(accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert answer.status == 302
    target = urlsplit(answer.headers["location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == f"{ORIGIN}/bind"
    assert parse_qsl(target.query) == list(instruction(link).items())


def test_a_program_that_asks_for_json_gets_the_same_six_members(binding: BindingSteps) -> None:
    link = binding.link()
    answer = link.follow(accept=JSON)
    assert (answer.status, answer.headers["content-type"]) == (200, JSON)
    assert list(answer.json().items()) == list(instruction(link).items())


def test_an_app_scheme_gets_bind_as_its_host(platform: Platform, binding: BindingSteps) -> None:
    config_id = make_config(
        platform,
        invoke_url="com.example.app://",
        trusted_origins=[],
        relying_party_id="app.example.com",
        expected_origins=[ORIGIN],
    )
    answer = binding.link(authenticator_config_id=config_id).follow()
    assert answer.headers["location"].startswith("com.example.app://bind?api_base_url=")


@pytest.mark.parametrize("accept", ["text/html", JSON])
def test_the_token_stays_out_of_caches_and_referrers(binding: BindingSteps, accept: str) -> None:
    """T4, N143: whatever is answered to a link that carries a token."""
    link = binding.link()
    for url in (link.link, link.link[:-1], f"{link.base}:invokeAuthenticator"):
        headers = binding.platform.call("GET", url, headers={"accept": accept}).headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"


def test_scanners_may_open_a_link_any_number_of_times(
    binding: BindingSteps, platform: Platform
) -> None:
    """T3, T4, N140: twenty GET and HEAD requests change nothing and cost no write."""
    link = binding.link()
    key = keys.binding_job(
        platform.tenant_id,
        platform.realm_id,
        binding.identity["id"],
        link.job["id"],
    )
    before = platform.deployment.directory.get(key)
    with count_aws_calls() as calls:
        for number in range(20):
            method = ("GET", "HEAD")[number % 2]
            answer = link.follow(method, **{"user-agent": SCANNERS[number % len(SCANNERS)]})
            assert answer.status == 302
            assert answer.body == b""
    assert {call.operation for call in calls} == {"BatchGetItem"}
    assert platform.deployment.directory.get(key) == before
    assert link.complete().status == 200


# --- who does not hold the right token


def altered(link: LinkSteps, other: LinkSteps) -> dict[str, str]:
    """Addresses that are almost the link's."""
    flipped = link.token[:-1] + ("A" if link.token[-1] != "A" else "B")
    verb, query = ":invokeAuthenticator", f"?token={link.token}"
    realm = f"/realms/{link.job['realm_id']}"
    return {
        "altered token": f"{link.base}{verb}?token={flipped}",
        "cut token": f"{link.base}{verb}?token={link.token[:-1]}",
        "longer token": f"{link.base}{verb}?token={link.token}A",
        "no token": f"{link.base}{verb}",
        "empty token": f"{link.base}{verb}?token=",
        "two tokens": f"{link.base}{verb}{query}&token={link.token}",
        "other case": f"{link.base}{verb}?token={link.token.swapcase()}",
        "not utf-8": f"{link.base}{verb}?token=%ff%fe",
        "not ascii": f"{link.base}{verb}?token=%C3%A9",
        "other job's token": f"{link.base}{verb}?token={other.token}",
        "other job": f"{other.base}{verb}{query}",
        "unknown job": f"{link.base[:-16]}{'0' * 16}{verb}{query}",
        "malformed job": f"{link.base}x{verb}{query}",
        "upper-case job": f"{link.base[:-16]}{'ABCDEF' + '0' * 10}{verb}{query}",
        "other realm": f"{link.base.replace(realm, '/realms/' + '0' * 16)}{verb}{query}",
        "malformed realm": f"{link.base.replace(realm, '/realms/x')}{verb}{query}",
    }


@pytest.mark.parametrize("accept", ["text/html", JSON])
def test_everybody_without_the_right_token_gets_one_identical_404(
    binding: BindingSteps, accept: str
) -> None:
    """N138: no hint which part failed."""
    other = new_binding(binding.platform)
    link, answers = binding.link(), set()
    for name, url in altered(link, other.link()).items():
        answer = binding.platform.call("GET", url, headers={"accept": accept})
        assert answer.status == 404, name
        answers.add((answer.body, tuple(sorted(answer.headers.items()))))
    gone = new_binding(binding.platform)
    dead = gone.link()
    gone.delete()
    suspended = new_binding(binding.platform)
    asleep = suspended.link()
    suspended.change(status="suspended")
    for held in (dead, asleep):
        answer = held.follow(accept=accept)
        answers.add((answer.body, tuple(sorted(answer.headers.items()))))
    assert len(answers) == 1
    assert binding.identity["id"].encode() not in next(iter(answers))[0]
    assert link.state() == "LINK_SENT"


def test_a_person_sees_a_page_that_runs_and_loads_nothing(binding: BindingSteps) -> None:
    """N143, T13."""
    answer = binding.link().platform.call("GET", binding.link().link[:-1])
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "<script" not in answer.text
    assert "http" not in answer.text
    assert "This link does not work" in answer.text


def test_a_suspended_identitys_link_works_again_when_it_is_active(platform: Platform) -> None:
    binding = new_binding(platform)
    link = binding.link()
    binding.change(status="suspended")
    assert link.follow().status == 404
    assert link.begin().status == 404
    binding.change(status="active")
    assert link.follow().status == 302
    assert link.complete().status == 200


# --- links that have ended


def used(link: LinkSteps) -> None:
    assert link.complete().status == 200


def revoked(link: LinkSteps) -> None:
    assert link.platform.manage("POST", f"{link.managed}:revoke", {}).status == 200


def expired(link: LinkSteps) -> None:
    link.platform.clock.advance(SEVEN_DAYS_S)


@pytest.mark.parametrize(
    ("end", "words"),
    [(used, "has been used"), (revoked, "was revoked"), (expired, "has expired")],
)
def test_only_the_holder_of_the_right_token_learns_that_a_link_has_ended(
    platform: Platform, end: object, words: str
) -> None:
    """T1, T10, N139: 410 with the token, the common 404 without."""
    link = new_binding(platform).link()
    assert callable(end)
    end(link)
    program = link.follow(accept=JSON)
    assert (program.status, program.json()["code"]) == (410, "gone")
    assert words in program.json()["message"]
    person = link.follow()
    assert (person.status, words in person.text) == (410, True)
    wrong = platform.call("GET", link.link[:-1] + "!")
    assert wrong.status == 404
    assert link.begin().status == 410
    assert link.begin(token=link.token[::-1]).status == 404
    body = {"binding_session": "x", "credential": {}}
    assert link.complete(body).status == 410
    assert link.complete(body, token=link.token[::-1]).status == 404


# --- methods and verbs


def test_each_verb_answers_its_own_methods(binding: BindingSteps) -> None:
    link, platform = binding.link(), binding.platform
    posted = platform.call("POST", link.link, json={})
    assert (posted.status, posted.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    for verb in ("beginBinding", "completeBinding"):
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            answer = platform.call(method, f"{link.base}:{verb}", token=link.token)
            assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS")
    for odd in ("", ":", ":revoke", ":invokeauthenticator", ":beginBinding:x"):
        assert platform.call("GET", f"{link.base}{odd}?token={link.token}").status == 404, odd
    assert link.state() == "LINK_SENT"


def test_following_a_warm_link_is_one_round_trip(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two with a cold config, which is read together with its realm. Every read is consistent."""
    from tests.support.rooms import forget_rooms

    link = new_binding(platform).link()
    monkeypatch.setenv("KEYBOUND_CACHE_TTL_S", "30")
    forget_rooms()
    with count_aws_calls() as cold:
        assert link.follow().status == 302
    with count_aws_calls() as warm:
        assert link.follow().status == 302
    monkeypatch.undo()
    forget_rooms()
    assert [call.operation for call in cold] == ["BatchGetItem", "BatchGetItem"]
    assert [call.operation for call in warm] == ["BatchGetItem"]
    for call in (*cold, *warm):
        batch = call.params["RequestItems"]["keybound-directory"]
        assert (batch["ConsistentRead"], len(batch["Keys"])) == (True, 2)
