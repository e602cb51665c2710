"""The room `bind_redirect`: beginBinding and completeBinding."""

from typing import Any

import pytest
from keybound.domain.encoding import from_b64url
from keybound.domain.identity import MAX_ACTIVE_PASSKEYS, identity_of_user_handle
from keybound.storage import keys

from tests.support.at_once import at_once
from tests.support.authenticator_lies import Lies
from tests.support.binding_steps import ORIGIN, BindingSteps, LinkSteps, new_binding
from tests.support.configuration_bodies import refused_fields
from tests.support.platform import Answer, Platform
from tests.support.software_authenticator import NotAllowed, SoftwareAuthenticator


@pytest.fixture
def binding(platform: Platform) -> BindingSteps:
    return new_binding(platform)


def nothing_bound(binding: BindingSteps, link: LinkSteps) -> bool:
    return binding.credentials() == [] and link.state() in ("LINK_SENT", "LINK_OPENED")


# --- beginning


def test_beginning_answers_options_session_and_names(binding: BindingSteps) -> None:
    link, platform = binding.link(), binding.platform
    answer = link.begin()
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    content = answer.json()
    assert list(content) == [
        "public_key",
        "binding_session",
        "tenant",
        "realm",
        "identity",
        "theme",
    ]
    assert content["tenant"] == {"id": platform.tenant_id, "display_name": "Test tenant"}
    assert content["realm"] == {"id": platform.realm_id, "display_name": "Customers"}
    assert content["identity"] == {
        "id": binding.identity["id"],
        "display_name": "Ada Lovelace",
        "username": binding.identity["traits"]["username"],
        "primary_email_address": "ada@example.com",
    }
    assert content["theme"] == {"logo_url_light": "", "logo_url_dark": "", "support_url": ""}


def test_the_options_ask_for_a_discoverable_user_verifying_passkey(binding: BindingSteps) -> None:
    options = binding.link().begun()["public_key"]
    assert options["rp"] == {"id": "app.example.com", "name": "Customers"}
    handle = from_b64url(options["user"]["id"])
    assert identity_of_user_handle(handle) == (
        binding.platform.tenant_id,
        binding.platform.realm_id,
        binding.identity["id"],
    )
    assert options["user"]["name"] == binding.identity["traits"]["username"]
    assert options["user"]["displayName"] == "Ada Lovelace"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert len(from_b64url(options["challenge"])) == 32


def test_names_with_markup_signs_stay_data_in_the_options(platform: Platform) -> None:
    """T13: markup is refused at the door; quotes and other scripts come through untouched."""
    binding = new_binding(platform)
    name = 'O\'Brien "Ada" & שלום\u200f'
    binding.change(display_name=name)
    answer = binding.link().begin()
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["public_key"]["user"]["displayName"] == name


def test_beginning_opens_the_link_and_every_time_with_another_challenge(
    binding: BindingSteps,
) -> None:
    """T3: a begun or cancelled ceremony leaves the link usable."""
    link = binding.link()
    challenges = {link.begun()["public_key"]["challenge"] for _ in range(3)}
    assert len(challenges) == 3
    assert link.state() == "LINK_OPENED"
    assert link.complete().status == 200


def test_passkeys_the_identity_has_are_excluded(binding: BindingSteps) -> None:
    device = SoftwareAuthenticator(ORIGIN)
    binding.bind(device)
    link = binding.link()
    excluded = link.begun()["public_key"]["excludeCredentials"]
    assert [from_b64url(e["id"]) for e in excluded] == [device.passkeys[0].credential_id]
    assert excluded[0]["transports"] == ["internal", "hybrid"]
    with pytest.raises(NotAllowed, match="InvalidStateError"):
        link.answer(device)


# --- completing


def test_completing_answers_the_credential_and_where_to_go_on(binding: BindingSteps) -> None:
    uri = f"{ORIGIN}/welcome?from=bind"
    link = binding.link(post_binding_redirect_uri=uri)
    answer = link.complete()
    assert answer.status == 200
    assert answer.json().keys() == {"credential", "signals", "post_binding_redirect_uri"}
    assert answer.json()["post_binding_redirect_uri"] == uri
    assert link.state() == "COMPLETE"
    assert binding.credentials() == [answer.json()["credential"]]


def test_without_a_redirect_uri_there_is_none_in_the_answer(binding: BindingSteps) -> None:
    assert binding.link().complete().json().keys() == {"credential", "signals"}


def test_a_redirect_uri_is_judged_again_when_it_is_used(binding: BindingSteps) -> None:
    """T9: the config may have changed since the job was made; the passkey is bound all the same."""
    link = binding.link(post_binding_redirect_uri=f"{ORIGIN}/welcome")
    path = f"/authenticator-configs/{binding.config_id}"
    moved = {"invoke_url": "https://new.example.com", "trusted_origins": []}
    body = {"authenticator_config": {"config": {"type": "embedded", **moved}}}
    assert binding.platform.manage("PATCH", path, body).status == 200
    answer = link.complete()
    assert (answer.status, answer.json().keys()) == (200, {"credential", "signals"})


def test_a_link_is_spent_once(binding: BindingSteps) -> None:
    """T1, N139: the same answer again, and a fresh ceremony, get 410 and bind nothing."""
    link = binding.link()
    spare, body = link.answer(), link.answer()
    assert link.complete(body).status == 200
    for again in (body, spare):
        answer = link.complete(again)
        assert (answer.status, answer.json()["code"]) == (410, "gone")
    assert len(binding.credentials()) == 1
    assert link.begin().status == 410
    assert link.state() == "COMPLETE"


def test_of_twenty_parallel_completions_exactly_one_binds(binding: BindingSteps) -> None:
    """T2: several ceremonies of one link, all at once."""
    link = binding.link()
    bodies = [link.answer() for _ in range(20)]
    answers = at_once(20, lambda n: link.complete(bodies[n]))
    assert [a for a in answers if isinstance(a, BaseException)] == []
    assert sorted(a.status for a in answers if isinstance(a, Answer)) == [200] + [410] * 19
    assert len(binding.credentials()) == 1


def test_two_links_of_one_identity_at_once_both_bind(binding: BindingSteps) -> None:
    """The loser of the race for the identity's list judges again instead of failing."""
    links = [binding.link() for _ in range(4)]
    bodies = [link.answer() for link in links]
    answers = at_once(4, lambda n: links[n].complete(bodies[n]))
    assert [a.status for a in answers if isinstance(a, Answer)] == [200] * 4
    assert len(binding.credentials()) == 4
    assert len(binding.link().begun()["public_key"]["excludeCredentials"]) == 4


def test_a_passkey_that_exists_is_a_conflict_and_spends_no_link(binding: BindingSteps) -> None:
    """T56: the same credential id for another identity; the first keeps its own."""
    device = SoftwareAuthenticator(ORIGIN)
    first = binding.bind(device)
    other = new_binding(binding.platform)
    link = other.link()
    lies = Lies(credential_id=device.passkeys[0].credential_id)
    answer = link.complete(link.answer(lies=lies))
    assert (answer.status, answer.json()["code"]) == (409, "conflict")
    assert nothing_bound(other, link)
    assert binding.credentials() == [first]
    assert link.complete(link.answer()).status == 200


def test_an_identity_has_at_most_thirty_two_passkeys(binding: BindingSteps) -> None:
    platform = binding.platform
    key = keys.identity(platform.tenant_id, platform.realm_id, binding.identity["id"])
    many = [{"id": f"{n:016x}", "credential_id": f"{n:04d}"} for n in range(MAX_ACTIVE_PASSKEYS)]
    directory = platform.deployment.directory
    link = binding.link()
    body = link.answer()
    directory.update(key, "SET passkeys = :p", values={":p": many[:-1]})
    assert link.complete(body).status == 200
    full = binding.link()
    assert full.begin().status == 409
    directory.update(key, "SET passkeys = :p", values={":p": many[:-1]})
    late = full.answer()
    directory.update(key, "SET passkeys = :p", values={":p": many})
    assert full.complete(late).status == 409
    assert full.state() == "LINK_OPENED"


# --- the sealed session


def test_a_session_opens_only_for_its_own_link(binding: BindingSteps) -> None:
    """N146: another job's, another identity's, or a made-up session binds nothing."""
    link, sibling = binding.link(), binding.link()
    stranger = new_binding(binding.platform).link()
    body = link.answer()
    sessions = [
        sibling.begun()["binding_session"],
        stranger.begun()["binding_session"],
        body["binding_session"][:-4] + "AAAA",
        body["binding_session"][:40],
        "",
        "x" * 5000,
        "é",
    ]
    for session in sessions:
        answer = link.complete(body | {"binding_session": session})
        assert refused_fields(answer) == ["binding_session"]
    assert sibling.complete(body).status == 400
    assert stranger.complete(body).status == 400
    assert nothing_bound(binding, link)
    assert link.complete(body).status == 200


def test_a_challenge_of_another_ceremony_is_refused(binding: BindingSteps) -> None:
    """N146: each session goes with its own challenge."""
    link = binding.link()
    one, two = link.answer(), link.answer()
    answer = link.complete(one | {"credential": two["credential"]})
    assert (answer.status, answer.json()["message"]) == (400, "the passkey response was refused")
    assert nothing_bound(binding, link)


def test_a_session_lives_for_five_minutes_and_not_a_second_longer(
    binding: BindingSteps,
) -> None:
    """N146."""
    link = binding.link()
    body = link.answer()
    binding.platform.clock.advance(299)
    kept = link.answer()
    binding.platform.clock.advance(1)
    assert refused_fields(link.complete(body)) == ["binding_session"]
    assert nothing_bound(binding, link)
    assert link.complete(kept).status == 200


def test_a_session_never_outlives_its_link(binding: BindingSteps) -> None:
    """T10: a ceremony begun in the link's last seconds ends with it."""
    link = binding.link()
    binding.platform.clock.advance(7 * 24 * 3600 - 60)
    body = link.answer()
    binding.platform.clock.advance(60)
    assert link.complete(body).status == 410
    assert binding.credentials() == []


# --- who may


@pytest.mark.parametrize("verb", ["beginBinding", "completeBinding"])
def test_the_ceremony_needs_the_links_own_token(binding: BindingSteps, verb: str) -> None:
    """T7, T54, N167: nobody registers a passkey without the right binding token; not even the
    holder of every management scope."""
    link, platform = binding.link(), binding.platform
    body = link.answer()
    url = f"{link.base}:{verb}"
    assert platform.call("POST", url, json=body).status == 401
    for header in ("", "Bearer", "Bearer ", f"Basic {link.token}", f"Bearer {link.token} x"):
        answer = platform.call("POST", url, json=body, headers={"authorization": header})
        assert answer.status == 401, header
    assert platform.call("POST", f"{url}?token={link.token}", json=body).status == 401
    cookie = {"cookie": f"token={link.token}"}
    assert platform.call("POST", url, json=body, headers=cookie).status == 401
    others = [new_binding(platform).link().token, binding.link().token]
    others += [platform.management_token(), link.token[:-1], body["binding_session"]]
    answers = {link.post(verb, body, token).body for token in others}
    assert len(answers) == 1
    assert link.post(verb, body, others[0]).status == 404
    assert nothing_bound(binding, link)


@pytest.mark.parametrize("change", ["suspend", "delete"])
def test_an_identity_suspended_or_deleted_during_the_ceremony_gets_no_passkey(
    binding: BindingSteps, change: str
) -> None:
    """T55, N130."""
    link = binding.link()
    body = link.answer()
    if change == "suspend":
        binding.change(status="suspended")
    else:
        binding.delete()
    answer = link.complete(body)
    assert answer.status == 404
    assert answer.body == link.complete(body, token="x" * 64).body
    if change == "suspend":
        binding.change(status="active")
        assert nothing_bound(binding, link)


def test_a_job_revoked_during_the_ceremony_gets_no_passkey(binding: BindingSteps) -> None:
    """N139."""
    link = binding.link()
    body = link.answer()
    binding.platform.manage("POST", f"{link.managed}:revoke", {})
    assert link.complete(body).status == 410
    assert binding.credentials() == []
    assert link.state() == "REVOKED"


# --- damaged input


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"binding_session": None}, "binding_session"),
        ({"binding_session": 7}, "binding_session"),
        ({"credential": None}, "credential"),
        ({"credential": "text"}, "credential"),
        ({"credential": []}, "credential"),
        ({"display_name": ""}, "display_name"),
        ({"display_name": "x" * 65}, "display_name"),
        ({"display_name": "a\r\nb"}, "display_name"),
        ({"display_name": 5}, "display_name"),
    ],
)
def test_a_body_that_breaks_the_rules_is_refused_by_member(
    binding: BindingSteps, change: dict[str, Any], field: str
) -> None:
    link = binding.link()
    assert refused_fields(link.complete(link.answer() | change)) == [field]
    assert nothing_bound(binding, link)


@pytest.mark.parametrize(
    "lies",
    [
        Lies(id="AAAA"),
        Lies(raw_id="AAAA"),
        Lies(id="AAAA=="),
        Lies(type="webauthn.get"),
        Lies(origin="https://app.example.com.evil.example"),
        Lies(origin="http://app.example.com"),
        Lies(cross_origin=True),
        Lies(user_verified=False),
        Lies(user_present=False),
        Lies(rp_id="evil.example"),
        Lies(attestation_object=b"\xff\x00"),
        Lies(client_data_json=b"{"),
        Lies(authenticator_data=b""),
        Lies(public_key=b"\xa0"),
        Lies(trailing=b"\x00"),
    ],
)
def test_a_refused_ceremony_binds_nothing_and_spends_nothing(
    binding: BindingSteps, lies: Lies
) -> None:
    """T3, T50, N162: 400 with one text, whatever was wrong; the link is good for another try."""
    link = binding.link()
    answer = link.complete(link.answer(lies=lies))
    assert answer.status == 400
    assert answer.json() == {
        "code": "bad_request",
        "message": "the passkey response was refused",
        "details": [],
    }
    assert nothing_bound(binding, link)
    assert link.complete().status == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b'{"binding_session":"a","binding_session":"b"}', 400),
        (b'{"credential":' * 10_000, 413),
        (b'{"credential":' + b'{"a":' * 40 + b"1" + b"}" * 41, 413),
        (b'{"binding_session":"' + b"x" * 300_000 + b'"}', 413),
    ],
)
def test_a_damaged_body_is_refused(binding: BindingSteps, body: bytes, status: int) -> None:
    """N116."""
    link = binding.link()
    answer = binding.platform.call(
        "POST", f"{link.base}:completeBinding", body=body, token=link.token
    )
    assert answer.status == status
    assert nothing_bound(binding, link)
