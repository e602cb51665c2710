"""Delivery method EMAIL: the mail, what the API says of it, and what may go wrong in between."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from keybound.binding.sweeping import MAX_ATTEMPTS
from keybound.storage import keys

from tests.support.at_once import at_once
from tests.support.aws_calls import count_aws_calls, fail_aws_call
from tests.support.binding_steps import BindingSteps, LinkSteps, identity_body, new_binding
from tests.support.configuration_bodies import make_config
from tests.support.mailbox import Killed, fail_after_mail, forget_notices, link_in, ses_answers
from tests.support.platform import Answer, Platform

DAY_S = 86_400


@pytest.fixture(scope="module")
def config_id(platform: Platform) -> str:
    return make_config(platform)


@pytest.fixture
def binding(platform: Platform, config_id: str) -> BindingSteps:
    return a_person(platform, config_id)


def a_person(platform: Platform, config_id: str) -> BindingSteps:
    """Return a person of her own in the platform's realm, whose mailbox is empty."""
    body = identity_body()
    traits = body["identity"]["traits"]
    traits["primary_email_address"] = f"{traits['username']}@example.com"
    identity = platform.manage("POST", "/identities", body).json()
    forget_notices(platform)  # of passkeys that were bound before
    platform.mails.clear()
    return BindingSteps(platform, config_id, identity)


def address(binding: BindingSteps) -> str:
    return f"{binding.identity['traits']['username']}@example.com"


def mail(binding: BindingSteps, **job: Any) -> dict[str, Any]:
    answer = binding.make_job(delivery_method="EMAIL", **job)
    assert answer.status == 200, answer.text
    made: dict[str, Any] = answer.json()["credential_binding_job"]
    return made


def job_now(binding: BindingSteps, job: dict[str, Any]) -> dict[str, Any]:
    path = f"{binding.managed}/credential-binding-jobs/{job['id']}"
    found: dict[str, Any] = binding.platform.manage("GET", path).json()
    return found


def waiting(platform: Platform) -> int:
    partitions = [keys.outbox_partition(shard) for shard in range(keys.OUTBOX_SHARDS)]
    table = platform.deployment.directory
    return sum(len(table.query_all("pk = :pk", {":pk": pk})) for pk in partitions)


def sweep(platform: Platform) -> dict[str, Any]:
    """Run the sweep when what waits is due."""
    platform.clock.advance(61)
    swept: dict[str, Any] = platform.run_scheduled("mail_outbox")
    return swept


def bind(binding: BindingSteps, job: dict[str, Any], link: str) -> Answer:
    return LinkSteps(binding.platform, job, link).complete()


# --- what happens


def test_the_answer_has_the_job_and_not_the_link(binding: BindingSteps) -> None:
    """T6."""
    answer = binding.make_job(delivery_method="EMAIL")
    content = answer.json()
    assert list(content) == ["credential_binding_job"]
    job = content["credential_binding_job"]
    assert (job["delivery_method"], job["state"], job["mail_state"]) == (
        "EMAIL",
        "LINK_SENT",
        "SENT",
    )
    assert "failure_reason" not in job
    assert "token" not in answer.text
    for later in (job_now(binding, job), binding.platform.manage("GET", LISTED).json()):
        assert "token" not in str(later)


LISTED = "/identities/-/credential-binding-jobs?page_size=200"


def test_one_mail_goes_to_the_identity_and_its_link_binds(binding: BindingSteps) -> None:
    job = mail(binding)
    (sent,) = binding.platform.mails
    assert (sent.to, sent.sender) == ([address(binding)], "no-reply@keybound.example")
    assert sent.subject == "Create your passkey for Customers"
    assert bind(binding, job, link_in(sent)).status == 200
    assert job_now(binding, job)["state"] == "COMPLETE"
    assert waiting(binding.platform) == 0
    assert sweep(binding.platform)["sent"] == 0
    assert [each.subject for each in binding.platform.mails[1:]] == [
        "A passkey was added to your account at Customers"
    ]


def test_the_link_is_on_the_auth_host_whatever_the_callers_headers_say(
    binding: BindingSteps,
) -> None:
    """T8: an emailed link whose host came from the request."""
    platform = binding.platform
    evil = "evil.example"
    headers = {
        "host": evil,
        "x-forwarded-host": evil,
        "x-original-host": evil,
        "forwarded": f"host={evil};proto=http",
    }
    answer = platform.call(
        "POST",
        f"{platform.realm_path}{binding.managed}/credential-binding-jobs",
        json={"job": {"delivery_method": "EMAIL", "authenticator_config_id": binding.config_id}},
        headers=headers,
        token=platform.management_token(),
    )
    assert answer.status == 200
    (sent,) = platform.mails
    assert link_in(sent).startswith(f"{platform.auth_base_url}/v1/")
    assert evil not in sent.text + sent.html


def test_names_are_inert_in_the_mail(binding: BindingSteps) -> None:
    """T13."""
    binding.change(display_name="Ada & “Eve” @ evil.example")
    mail(binding)
    (sent,) = binding.platform.mails
    assert "evil.example" not in sent.text + sent.html + sent.subject


def test_the_mail_is_in_the_persons_language(binding: BindingSteps) -> None:
    binding.change(traits={"type": "traits_v0", "locale": "fr_CA", "preferred_language": "tlh"})
    mail(binding)
    assert binding.platform.mails[0].subject == "Créez votre clé d’accès pour Customers"


@pytest.mark.parametrize(
    ("invoke_url", "expected"),
    [
        ("myapp://", "myapp://bind?"),
        ("com.example.app://sign-in", "com.example.app://sign-in/bind?"),
        ("https://app.example.com/universal", "https://app.example.com/universal/bind?"),
    ],
)
def test_the_mailed_link_leads_into_the_app(
    binding: BindingSteps, invoke_url: str, expected: str
) -> None:
    """T4. App schemes and universal links included; scanners may open it at will."""
    config_id = make_config(binding.platform, invoke_url=invoke_url)
    job = mail(binding, authenticator_config_id=config_id)
    link = link_in(binding.platform.mails[0])
    for _ in range(20):
        for method in ("GET", "HEAD"):
            answer = binding.platform.call(method, link, headers={"user-agent": "scanner"})
            assert answer.status == 302
    location = answer.headers["location"]
    assert location.startswith(expected)
    assert [pair.split("=")[0] for pair in urlsplit(location).query.split("&")] == [
        "api_base_url",
        "tenant_id",
        "realm_id",
        "identity_id",
        "job_id",
        "token",
    ]
    assert job_now(binding, job)["state"] == "LINK_SENT"


# --- refusals


def test_an_identity_without_an_address_is_422(binding: BindingSteps) -> None:
    """N136."""
    binding.change(traits={"type": "traits_v0", "primary_email_address": None})
    answer = binding.make_job(delivery_method="EMAIL")
    assert (answer.status, answer.json()["code"]) == (422, "unprocessable_entity")
    assert answer.json()["message"] == "Identity missing email address"
    (detail,) = answer.json()["details"]
    assert (detail["type"], detail["resource_type"], detail["id"]) == (
        "ResourceInfo",
        "Identity",
        binding.identity["id"],
    )
    assert binding.platform.mails == []


@pytest.mark.parametrize("odd", ["ada@localhost", "ä@example.com", "a..b@example.com"])
def test_an_address_that_no_mail_can_reach_is_422(binding: BindingSteps, odd: str) -> None:
    binding.change(traits={"type": "traits_v0", "primary_email_address": odd})
    answer = binding.make_job(delivery_method="EMAIL")
    assert answer.status == 422
    assert answer.json()["message"] == "Identity email address cannot receive mail"


def test_a_suspended_identity_is_409_and_gets_no_mail(binding: BindingSteps) -> None:
    binding.change(status="suspended")
    assert binding.make_job(delivery_method="EMAIL").status == 409
    assert binding.platform.mails == []
    binding.change(status="active")


def test_a_redirect_elsewhere_is_refused_before_any_mail(binding: BindingSteps) -> None:
    """T9."""
    uri = "https://app.example.com.evil.example/"
    assert binding.make_job(delivery_method="EMAIL", post_binding_redirect_uri=uri).status == 400
    assert binding.platform.mails == []


def test_without_a_sender_the_method_is_refused(
    binding: BindingSteps, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.rooms import forget_rooms

    with monkeypatch.context() as changed:
        changed.setenv("KEYBOUND_MAIL_SENDER", "")
        forget_rooms()
        answer = binding.make_job(delivery_method="EMAIL")
        assert answer.status == 422
        assert answer.json()["message"] == "EMAIL is not set up in this deployment"
        assert binding.make_job(delivery_method="RETURN").status == 200
    forget_rooms()
    binding.platform.outbox.watch()


# --- SES fails


def test_what_ses_refuses_is_failed_to_send_with_a_reason(binding: BindingSteps) -> None:
    with ses_answers("MessageRejected") as asked:
        job = mail(binding)
    assert len(asked) == 1
    assert (job["state"], job["mail_state"]) == ("FAILED_TO_SEND", "FAILED")
    assert job["failure_reason"] == "the mail service refused: MessageRejected"
    assert job_now(binding, job)["state"] == "FAILED_TO_SEND"
    assert waiting(binding.platform) == 0
    assert sweep(binding.platform)["sent"] == 0


@pytest.mark.parametrize("failure", ["TooManyRequestsException", "InternalFailure", "timeout"])
def test_what_may_pass_later_is_pending_and_the_sweep_sends_the_same_link(
    binding: BindingSteps, failure: str
) -> None:
    with ses_answers(failure):
        job = mail(binding)
    assert (job["state"], job["mail_state"]) == ("LINK_SENT", "PENDING")
    assert binding.platform.mails == []
    assert sweep(binding.platform)["sent"] == 1
    assert job_now(binding, job)["mail_state"] == "SENT"
    assert waiting(binding.platform) == 0
    assert bind(binding, job, link_in(binding.platform.mails[0])).status == 200


def test_a_mail_whose_answer_was_lost_goes_out_twice_with_one_link(binding: BindingSteps) -> None:
    with ses_answers("timeout after accepting"):
        job = mail(binding)
    assert job["mail_state"] == "PENDING"
    assert sweep(binding.platform)["sent"] == 1
    first, second = binding.platform.mails
    assert link_in(first) == link_in(second)
    assert bind(binding, job, link_in(first)).status == 200
    assert bind_again(binding, job, link_in(second)) == 410


def bind_again(binding: BindingSteps, job: dict[str, Any], link: str) -> int:
    return LinkSteps(binding.platform, job, link).begin().status


def test_a_process_killed_between_write_and_send_loses_no_job(binding: BindingSteps) -> None:
    """As if Lambda had ended it: nothing after the write is run."""
    platform = binding.platform
    with ses_answers("killed"), pytest.raises(Killed):
        binding.make_job(delivery_method="EMAIL")
    (job,) = platform.manage("GET", f"{binding.managed}/credential-binding-jobs").json()[
        "credential_binding_jobs"
    ]
    assert (job["state"], job["mail_state"]) == ("LINK_SENT", "PENDING")
    assert sweep(platform)["sent"] == 1
    assert bind(binding, job, link_in(platform.mails[0])).status == 200


def test_a_sweep_killed_before_it_noted_the_mail_sends_it_again_later(
    binding: BindingSteps,
) -> None:
    platform = binding.platform
    with ses_answers("TooManyRequestsException"):
        mail(binding)
    platform.clock.advance(61)
    with ses_answers("killed"), pytest.raises(Killed):
        platform.run_scheduled("mail_outbox")
    assert platform.run_scheduled("mail_outbox")["sent"] == 0  # claimed until later
    assert sweep(platform)["sent"] == 1
    assert len(platform.mails) == 1


@pytest.mark.parametrize("operation", ["UpdateItem", "DeleteItem"])
def test_a_note_that_fails_after_the_mail_still_answers_with_the_job(
    binding: BindingSteps, operation: str
) -> None:
    platform = binding.platform
    with fail_after_mail(operation) as failed:
        job = mail(binding)
    assert failed
    assert job["id"]
    assert len(platform.mails) == 1
    sweep(platform)
    assert waiting(platform) == 0
    assert {link_in(each) for each in platform.mails} == {link_in(platform.mails[0])}
    assert job_now(binding, job)["mail_state"] == "SENT"


def test_a_creation_whose_answer_was_lost_makes_one_job_and_one_mail(
    binding: BindingSteps,
) -> None:
    with fail_aws_call("TransactWriteItems", "after") as failed:
        mail(binding)
    assert failed
    assert len(binding.platform.mails) == 1
    listed = binding.platform.manage("GET", f"{binding.managed}/credential-binding-jobs").json()
    assert listed["total_size"] == 1


def test_after_many_attempts_the_job_fails_with_a_reason(binding: BindingSteps) -> None:
    platform = binding.platform
    with ses_answers("TooManyRequestsException", times=100):
        job = mail(binding)
        for _ in range(MAX_ATTEMPTS):
            platform.clock.advance(3600)
            assert platform.run_scheduled("mail_outbox")["delayed"] == 1
        platform.clock.advance(3600)
        assert platform.run_scheduled("mail_outbox")["failed"] == 1
    found = job_now(binding, job)
    assert (found["state"], found["failure_reason"]) == (
        "FAILED_TO_SEND",
        "the mail service took no mail for hours",
    )
    assert waiting(platform) == 0


def test_two_sweeps_at_once_send_one_mail(binding: BindingSteps) -> None:
    platform = binding.platform
    with ses_answers("TooManyRequestsException"):
        mail(binding)
    platform.clock.advance(61)
    swept = at_once(4, lambda _: platform.run_scheduled("mail_outbox"))
    assert sum(each["sent"] for each in swept if isinstance(each, dict)) == 1
    assert len(platform.mails) == 1


@pytest.mark.parametrize(
    ("meanwhile", "state"),
    [
        ("revoked", "REVOKED"),
        ("deleted", ""),
        ("suspended", "FAILED_TO_SEND"),
        ("another address", "FAILED_TO_SEND"),
    ],
)
def test_a_sweep_sends_nothing_for_a_job_that_has_ended(
    binding: BindingSteps, meanwhile: str, state: str
) -> None:
    platform = binding.platform
    with ses_answers("TooManyRequestsException"):
        job = mail(binding)
    if meanwhile == "revoked":
        path = f"{binding.managed}/credential-binding-jobs/{job['id']}:revoke"
        assert platform.manage("POST", path).status == 200
    elif meanwhile == "deleted":
        binding.delete()
    elif meanwhile == "suspended":
        binding.change(status="suspended")
    else:
        traits = {"type": "traits_v0", "primary_email_address": "new@example.com"}
        binding.change(traits=traits)
    assert sweep(platform)["sent"] == 0
    assert platform.mails == []
    assert waiting(platform) == 0
    if state:
        assert job_now(binding, job)["state"] == state


def test_a_failed_jobs_link_opens_nothing(binding: BindingSteps) -> None:
    with ses_answers("timeout after accepting"):
        job = mail(binding)
    with ses_answers("MessageRejected"):
        assert sweep(binding.platform)["failed"] == 1
    link = LinkSteps(binding.platform, job, link_in(binding.platform.mails[0]))
    assert link.begin().json()["message"] == "this link was withdrawn"
    page = link.follow(accept="text/html")
    assert page.status == 410
    assert "ask for a new link" in page.text
    assert "MessageRejected" not in page.text


# --- limits


def test_an_address_gets_ten_mails_a_day_however_it_is_written(platform: Platform) -> None:
    """T16, N145: case, tags and the identity it belongs to make no difference."""
    spellings = [
        "flood@example.com",
        "FLOOD@Example.com",
        "flood+a@example.com",
        "Flood+B@example.com",
    ]
    steps = []
    for spelling in spellings:
        body = identity_body()
        body["identity"]["traits"]["primary_email_address"] = spelling
        identity = platform.manage("POST", "/identities", body).json()
        steps.append(BindingSteps(platform, make_config(platform), identity))
    platform.mails.clear()
    answers = [steps[n % 4].make_job(delivery_method="EMAIL") for n in range(16)]
    assert [answer.status for answer in answers] == [200] * 10 + [429] * 6
    assert len(platform.mails) == 10
    refused = answers[-1]
    assert refused.json()["code"] == "too_many_requests"
    wait_s = int(refused.headers["retry-after"])
    assert wait_s == DAY_S - platform.clock.now() % DAY_S
    platform.clock.advance(wait_s)
    assert steps[0].make_job(delivery_method="EMAIL").status == 200


def test_fifty_requests_at_once_send_no_more_than_the_limit(platform: Platform) -> None:
    binding = new_binding(platform)
    binding.change(traits={"type": "traits_v0", "primary_email_address": "race@example.com"})
    token = platform.management_token()
    platform.mails.clear()
    body = {"job": {"delivery_method": "EMAIL", "authenticator_config_id": binding.config_id}}
    path = f"{platform.realm_path}{binding.managed}/credential-binding-jobs"
    answers = at_once(50, lambda _: platform.call("POST", path, json=body, token=token).status)
    assert answers.count(200) <= 10
    assert set(answers) <= {200, 429, 503}
    assert len({link_in(sent) for sent in platform.mails}) == answers.count(200) == 10


def test_a_refused_request_is_not_counted(binding: BindingSteps) -> None:
    uri = "https://evil.example/"
    for _ in range(11):
        answer = binding.make_job(delivery_method="EMAIL", post_binding_redirect_uri=uri)
        assert answer.status == 400
    mail(binding)


def test_a_realm_has_a_share_of_its_own(
    binding: BindingSteps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T16: plus-tags aside, a flood over many addresses meets the realm's ceiling."""
    from tests.support.rooms import forget_rooms

    with monkeypatch.context() as changed:
        changed.setenv("KEYBOUND_MAILS_PER_REALM", "1")
        forget_rooms()
        answers = [binding.make_job(delivery_method="EMAIL") for _ in range(3)]
        assert [answer.status for answer in answers][-2:] == [429, 429]
        assert "this realm" in answers[-1].json()["message"]
    forget_rooms()
    binding.platform.outbox.watch()


# --- what it costs


def test_a_mail_costs_three_writes_more_than_a_link(binding: BindingSteps) -> None:
    """Two counters before; the note and the entry's removal after."""
    token = binding.platform.management_token()
    path = f"{binding.platform.realm_path}{binding.managed}/credential-binding-jobs"
    body = {"job": {"delivery_method": "EMAIL", "authenticator_config_id": binding.config_id}}
    with count_aws_calls() as calls:
        answer = binding.platform.call("POST", path, json=body, token=token)
    assert answer.status == 200
    reads = ("GetItem", "BatchGetItem", "Query", "Decrypt")  # of token, configuration and keys
    assert [call.operation for call in calls if call.operation not in reads] == [
        "UpdateItem",
        "UpdateItem",
        "TransactWriteItems",
        "SendEmail",
        "UpdateItem",
        "DeleteItem",
    ]


def test_the_mail_looks_as_the_realms_theme_says(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    realm = platform.create_realm(platform.management)
    monkeypatch.setattr(platform, "realm_id", realm.id)
    binding = a_person(platform, make_config(platform))
    theme = {
        "email_realm_name": "Acme Reisen Ä",
        "logo_url_light": "https://acme.example/logo.png",
        "logo_url_dark": "https://acme.example/logo-dark.png",
        "support_url": "https://acme.example/help",
        "button_color": "#0a7d38",
        "button_text_color": "#ffffff",
    }
    made = binding.platform.manage("POST", "/themes", {"theme": theme})
    assert made.status == 200, made.text
    mail(binding)
    (sent,) = binding.platform.mails
    assert sent.subject == "Create your passkey for Acme Reisen Ä"
    assert 'src="https://acme.example/logo.png" alt="Acme Reisen Ä"' in sent.html
    assert "background:#0a7d38" in sent.html
    assert "\nhttps://acme.example/help\n" in sent.text
