"""The room `mail_feedback`: bounces, complaints and rejections, as EventBridge brings them."""

import copy
from typing import Any

import pytest
from keybound.domain.errors import Unavailable

from tests.support.aws_calls import fail_aws_call
from tests.support.binding_steps import BindingSteps, LinkSteps, identity_body, new_binding
from tests.support.mailbox import forget_notices, link_in, ses_answers
from tests.support.platform import Platform
from tools.devserver.cloud import CONFIGURATION_SET
from tools.devserver.events import ACCOUNT_ID


@pytest.fixture(scope="module")
def person(platform: Platform) -> BindingSteps:
    return new_binding(platform)


@pytest.fixture
def binding(person: BindingSteps) -> BindingSteps:
    """A person of her own, who has a link by mail."""
    platform = person.platform
    body = identity_body()
    traits = body["identity"]["traits"]
    traits["primary_email_address"] = f"{traits['username']}@example.com"
    made = BindingSteps(
        platform, person.config_id, platform.manage("POST", "/identities", body).json()
    )
    platform.mails.clear()
    return made


def mail(binding: BindingSteps) -> LinkSteps:
    answer = binding.make_job(delivery_method="EMAIL")
    assert answer.status == 200, answer.text
    job = answer.json()["credential_binding_job"]
    return LinkSteps(binding.platform, job, link_in(binding.platform.mails[-1]))


def event(link: LinkSteps, kind: str = "Bounce", **about: str) -> dict[str, Any]:
    """An event as SES publishes it to EventBridge, about the mail of this link."""
    job = link.job
    bounce = {"bounceType": "Permanent", "bounceSubType": "General", **about}
    recipient = {"emailAddress": "somebody@example.com"}
    tags = {
        "ses:configuration-set": [CONFIGURATION_SET],
        "ses:source-ip": ["192.0.2.1"],
        "ses:from-domain": ["keybound.example"],
        "ses:caller-identity": ["keybound"],
        "kind": ["binding"],
        "tenant": [job["tenant_id"]],
        "realm": [job["realm_id"]],
        "identity": [job["identity_id"]],
        "job": [job["id"]],
        "version": ["1"],
    }
    return {
        "version": "0",
        "id": "2f87b1e4-7a64-4c1f-9a25-0ed8fd6bb0ff",
        "detail-type": f"Email {kind}",
        "source": "aws.ses",
        "account": ACCOUNT_ID,
        "time": "2026-11-22T00:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:ses:us-east-1:123456789012:configuration-set/keybound-dev"],
        "detail": {
            "eventType": kind,
            kind.lower(): {**bounce, "bouncedRecipients": [recipient]},
            "mail": {
                "timestamp": "2026-11-22T00:00:00.000Z",
                "source": "no-reply@keybound.example",
                "sendingAccountId": ACCOUNT_ID,
                "messageId": "0100",
                "destination": ["somebody@example.com"],
                "tags": tags,
            },
        },
    }


def tell(link: LinkSteps, content: dict[str, Any]) -> str:
    outcome: str = link.platform.send_event("mail_feedback", content)["outcome"]
    return outcome


def job_of(link: LinkSteps) -> dict[str, Any]:
    job: dict[str, Any] = link.platform.manage("GET", link.managed).json()
    return job


@pytest.mark.parametrize(
    ("kind", "about", "reason"),
    [
        ("Bounce", {}, "the mail bounced: the address does not take mail"),
        (
            "Bounce",
            {"bounceSubType": "Suppressed"},
            "the address is on the mail service's suppression list",
        ),
        (
            "Bounce",
            {"bounceSubType": "OnAccountSuppressionList"},
            "the address is on the mail service's suppression list",
        ),
        (
            "Bounce",
            {"bounceType": "Transient", "bounceSubType": "MailboxFull"},
            "the mail bounced: the mailbox did not take it",
        ),
        ("Bounce", {"bounceType": "Undetermined"}, "the mail bounced"),
        ("Bounce", {"bounceType": "Novel"}, "the mail bounced"),
        ("Complaint", {}, "the recipient complained about the mail"),
        ("Reject", {}, "the mail service rejected the mail"),
    ],
)
def test_a_mail_that_does_not_arrive_or_is_not_wanted_ends_its_job_with_a_reason(
    binding: BindingSteps, kind: str, about: dict[str, str], reason: str
) -> None:
    link = mail(binding)
    assert tell(link, event(link, kind, **about)) == "failed"
    job = job_of(link)
    assert (job["state"], job["mail_state"], job["failure_reason"]) == (
        "FAILED_TO_SEND",
        "FAILED",
        reason,
    )
    assert link.begin().status == 410


def test_the_same_event_again_changes_nothing(binding: BindingSteps) -> None:
    link = mail(binding)
    assert tell(link, event(link)) == "failed"
    before = job_of(link)
    assert [tell(link, event(link)), tell(link, event(link, "Complaint"))] == ["ignored"] * 2
    assert job_of(link) == before


@pytest.mark.parametrize("end", ["COMPLETE", "REVOKED", "EXPIRED"])
def test_an_event_that_comes_after_the_end_changes_nothing(binding: BindingSteps, end: str) -> None:
    link = mail(binding)
    if end == "COMPLETE":
        assert link.complete().status == 200
    elif end == "REVOKED":
        assert link.platform.manage("POST", f"{link.managed}:revoke").status == 200
    else:
        link.platform.clock.advance(7 * 24 * 3600)
    assert tell(link, event(link)) == "ignored"
    assert job_of(link)["state"] == end
    assert "failure_reason" not in job_of(link)


def test_a_complaint_ends_a_link_that_was_opened(binding: BindingSteps) -> None:
    link = mail(binding)
    link.begun()
    assert tell(link, event(link, "Complaint")) == "failed"
    assert link.begin().status == 410


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("Bounce", {"bounceType": "Transient", "bounceSubType": "General"}),
        ("Delivery", {}),
        ("DeliveryDelay", {}),
        ("Open", {}),
        ("Send", {}),
        ("", {}),
    ],
)
def test_what_says_nothing_final_is_ignored(
    binding: BindingSteps, kind: str, about: dict[str, str]
) -> None:
    """A holiday notice is a transient bounce, too."""
    link = mail(binding)
    assert tell(link, event(link, kind, **about)) == "ignored"
    assert job_of(link)["state"] == "LINK_SENT"


def test_an_event_about_a_job_that_is_gone_or_was_not_mailed_is_ignored(
    binding: BindingSteps,
) -> None:
    returned = binding.link()
    assert tell(returned, event(returned)) == "ignored"
    assert job_of(returned)["state"] == "LINK_SENT"
    link = mail(binding)
    binding.delete()
    assert tell(link, event(link)) == "ignored"


def test_an_event_about_an_older_link_of_the_job_is_ignored(binding: BindingSteps) -> None:
    link = mail(binding)
    told = event(link)
    told["detail"]["mail"]["tags"]["version"] = ["2"]
    assert tell(link, told) == "ignored"


def test_an_event_about_another_kind_of_mail_is_ignored(binding: BindingSteps) -> None:
    link = mail(binding)
    told = event(link)
    told["detail"]["mail"]["tags"] = {
        "ses:configuration-set": [CONFIGURATION_SET],
        "kind": ["one_time_password"],
    }
    assert tell(link, told) == "ignored"


@pytest.mark.parametrize("kind", ["otp", "passkey"])
@pytest.mark.parametrize("what", ["Bounce", "Complaint", "Reject"])
def test_a_mail_without_a_job_that_did_not_arrive_is_told_in_the_log(
    binding: BindingSteps, kind: str, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It ends no job, and the line says whose mail it was but not to whom."""
    link = mail(binding)
    told = event(link, what)
    tags = told["detail"]["mail"]["tags"]
    tags["kind"] = [kind]
    del tags["job"], tags["version"]
    caplog.clear()
    assert tell(link, told) == "undelivered"
    (line,) = [vars(r) for r in caplog.records if vars(r).get("room") == "mail_feedback"]
    assert (line["kind"], line["realm_id"]) == (kind, link.job["realm_id"])
    assert "somebody@example.com" not in str(line)
    assert job_of(link)["state"] == "LINK_SENT"
    tags["realm"] = ["x"]
    assert tell(link, told) == "refused"


def test_our_own_mails_bear_the_tags_that_are_looked_for(binding: BindingSteps) -> None:
    forget_notices(binding.platform)
    link = mail(binding)
    assert link.complete().status == 200
    with ses_answers("TooManyRequestsException") as asked:
        binding.platform.run_scheduled("mail_outbox")
    (sent,) = asked
    tags = {tag["Name"]: [tag["Value"]] for tag in sent["EmailTags"]}
    told = event(link)
    told["detail"]["mail"]["tags"] = tags | {"ses:configuration-set": [CONFIGURATION_SET]}
    assert tell(link, told) == "undelivered"


def spoiled(content: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with one member replaced, or taken away by `...`."""
    changed = copy.deepcopy(content)
    *way, last = path.split("/")
    holder = changed
    for step in way:
        holder = holder[step]
    if value is ...:
        del holder[last]
    else:
        holder[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("source", "evil.ses"),
        ("source", ...),
        ("account", "999999999999"),
        ("account", ...),
        ("detail", ...),
        ("detail", []),
        ("detail", "x"),
        ("detail/mail", None),
        ("detail/mail/sendingAccountId", "999999999999"),
        ("detail/mail/tags", ...),
        ("detail/mail/tags", [["job", "x"]]),
        ("detail/mail/tags/ses:configuration-set", ["another"]),
        ("detail/mail/tags/ses:configuration-set", [CONFIGURATION_SET, "another"]),
        ("detail/mail/tags/ses:configuration-set", CONFIGURATION_SET),
        ("detail/mail/tags/ses:configuration-set", ...),
        ("detail/mail/tags/tenant", ["../../x"]),
        ("detail/mail/tags/realm", [""]),
        ("detail/mail/tags/identity", [7]),
        ("detail/mail/tags/job", ["A" * 16]),
        ("detail/mail/tags/job", []),
        ("detail/mail/tags/job", ...),
        ("detail/mail/tags/version", ["one"]),
        ("detail/mail/tags/version", ["-1"]),
        ("detail/mail/tags/version", ["9" * 5000]),
        ("detail/mail/tags/version", ["١"]),
        ("detail/bounce", None),
    ],
)
def test_a_foreign_or_damaged_event_changes_nothing_and_does_not_come_again(
    binding: BindingSteps, path: str, value: Any
) -> None:
    link = mail(binding)
    assert tell(link, spoiled(event(link), path, value)) == "refused"
    assert job_of(link)["state"] == "LINK_SENT"


@pytest.mark.parametrize("content", [{}, {"detail": {}}, {"source": ["aws.ses"]}])
def test_what_is_hardly_an_event_is_refused(platform: Platform, content: dict[str, Any]) -> None:
    assert platform.send_event("mail_feedback", content) == {"outcome": "refused"}


def test_ids_of_another_realm_find_nothing(binding: BindingSteps) -> None:
    link = mail(binding)
    told = spoiled(event(link), "detail/mail/tags/realm", ["0" * 16])
    assert tell(link, told) == "ignored"
    assert job_of(link)["state"] == "LINK_SENT"


@pytest.mark.parametrize("operation", ["BatchGetItem", "UpdateItem"])
def test_when_storage_fails_the_event_comes_again(binding: BindingSteps, operation: str) -> None:
    link = mail(binding)
    with fail_aws_call(operation, "before") as failed, pytest.raises(Unavailable):
        tell(link, event(link))
    assert failed
    assert tell(link, event(link)) == "failed"


def test_no_address_is_logged(binding: BindingSteps, capsys: pytest.CaptureFixture[str]) -> None:
    link = mail(binding)
    capsys.readouterr()
    tell(link, event(link))
    assert "@" not in capsys.readouterr().out
