"""`:resend`: a new link for a job, and the end of the one before."""

from typing import Any

import pytest

from tests.support.at_once import at_once
from tests.support.aws_calls import fail_aws_call
from tests.support.binding_steps import BindingSteps, LinkSteps, identity_body
from tests.support.configuration_bodies import make_config
from tests.support.mailbox import forget_notices, link_in, ses_answers
from tests.support.platform import Answer, Platform

SEVEN_DAYS_S = 7 * 24 * 3600


@pytest.fixture(scope="module")
def config_id(platform: Platform) -> str:
    return make_config(platform)


@pytest.fixture
def binding(platform: Platform, config_id: str) -> BindingSteps:
    body = identity_body()
    traits = body["identity"]["traits"]
    traits["primary_email_address"] = f"{traits['username']}@example.com"
    identity = platform.manage("POST", "/identities", body).json()
    platform.mails.clear()
    return BindingSteps(platform, config_id, identity)


def mailed(binding: BindingSteps) -> LinkSteps:
    job = binding.make_job(delivery_method="EMAIL").json()["credential_binding_job"]
    return LinkSteps(binding.platform, job, link_in(binding.platform.mails[-1]))


def resend(link: LinkSteps) -> Answer:
    return link.platform.manage("POST", f"{link.managed}:resend")


def newest(link: LinkSteps) -> LinkSteps:
    return LinkSteps(link.platform, link.job, link_in(link.platform.mails[-1]))


def test_a_mail_is_sent_again_with_a_new_link_and_the_old_one_is_dead(
    binding: BindingSteps,
) -> None:
    old = mailed(binding)
    begun = old.answer()
    answer = resend(old)
    assert answer.status == 200
    assert list(answer.json()) == ["credential_binding_job"]
    job = answer.json()["credential_binding_job"]
    assert (job["id"], job["state"], job["mail_state"]) == (old.job["id"], "LINK_SENT", "SENT")
    new = newest(old)
    assert new.token != old.token
    assert [old.follow().status, old.begin().status, old.complete(begun).status] == [404] * 3
    assert new.complete(begun).status == 400  # a ceremony of the old link
    assert new.complete().status == 200


def test_a_link_that_was_returned_is_returned_anew(binding: BindingSteps) -> None:
    old = binding.link()
    answer = resend(old)
    assert answer.status == 200
    new = LinkSteps(binding.platform, old.job, answer.json()["credential_binding_link"])
    assert old.begin().status == 404
    assert new.complete().status == 200
    assert binding.platform.mails == []


def test_the_new_link_has_a_full_life(binding: BindingSteps) -> None:
    old = binding.link()
    binding.platform.clock.advance(SEVEN_DAYS_S - 60)
    link = resend(old).json()["credential_binding_link"]
    binding.platform.clock.advance(SEVEN_DAYS_S - 60)
    binding.platform.run_scheduled("expiry_cleanup")
    new = LinkSteps(binding.platform, old.job, link)
    assert new.begin().status == 200
    binding.platform.clock.advance(60)
    assert new.begin().status == 410


def test_what_could_not_be_sent_can_be_sent_again(binding: BindingSteps) -> None:
    with ses_answers("MessageRejected"):
        job = binding.make_job(delivery_method="EMAIL").json()["credential_binding_job"]
    link = LinkSteps(binding.platform, job, "x?token=y")
    again = resend(link).json()["credential_binding_job"]
    assert (again["state"], again["mail_state"]) == ("LINK_SENT", "SENT")
    assert "failure_reason" not in again
    assert newest(link).complete().status == 200


def test_it_goes_to_the_address_that_the_identity_has_now(binding: BindingSteps) -> None:
    old = mailed(binding)
    binding.change(traits={"type": "traits_v0", "primary_email_address": "now@example.com"})
    assert resend(old).status == 200
    assert binding.platform.mails[-1].to == ["now@example.com"]


@pytest.mark.parametrize("end", ["complete", "revoked", "expired", "suspended"])
def test_a_job_that_has_ended_stays_ended(binding: BindingSteps, end: str) -> None:
    link = mailed(binding)
    if end == "complete":
        assert link.complete().status == 200
    elif end == "revoked":
        binding.platform.manage("POST", f"{link.managed}:revoke")
    elif end == "expired":
        binding.platform.clock.advance(SEVEN_DAYS_S)
    else:
        binding.change(status="suspended")
    sent = len(binding.platform.mails)
    assert resend(link).status == 409
    assert len(binding.platform.mails) == sent


def test_a_bounce_of_the_old_mail_does_not_end_the_new_link(binding: BindingSteps) -> None:
    from tests.functions.mail_feedback.test_mail_feedback import event, tell

    old = mailed(binding)
    resend(old)
    assert tell(old, event(old)) == "ignored"
    assert newest(old).complete().status == 200


def test_when_ses_holds_it_off_the_sweep_sends_the_new_link(binding: BindingSteps) -> None:
    old = mailed(binding)
    with ses_answers("TooManyRequestsException"):
        assert resend(old).json()["credential_binding_job"]["mail_state"] == "PENDING"
    binding.platform.clock.advance(61)
    forget_notices(binding.platform)  # of passkeys that were bound before
    assert binding.platform.run_scheduled("mail_outbox")["sent"] == 1
    assert newest(old).token != old.token
    assert newest(old).complete().status == 200


def test_it_counts_against_the_limit(binding: BindingSteps) -> None:
    link = mailed(binding)
    statuses = [resend(link).status for _ in range(11)]
    assert statuses == [200] * 9 + [429] * 2
    assert newest(link).begin().status == 200  # the last one that was sent still works


def test_of_several_at_once_each_that_succeeds_voids_the_others(binding: BindingSteps) -> None:
    link = binding.link()
    token = binding.platform.management_token()
    path = f"{binding.platform.realm_path}{link.managed}:resend"
    answers: list[Any] = at_once(6, lambda _: binding.platform.call("POST", path, token=token))
    assert {answer.status for answer in answers} <= {200, 409, 503}
    links = [
        LinkSteps(binding.platform, link.job, answer.json()["credential_binding_link"])
        for answer in answers
        if answer.status == 200
    ]
    assert links
    assert sorted(each.begin().status for each in links) == [200, *[404] * (len(links) - 1)]


def test_a_renewal_that_fails_changes_nothing(binding: BindingSteps) -> None:
    link = mailed(binding)
    with fail_aws_call("TransactWriteItems", "before") as failed:
        assert resend(link).status == 503
    assert failed
    assert link.begin().status == 200


def test_who_may_not_make_jobs_may_not_resend_and_other_ids_are_unknown(
    binding: BindingSteps,
) -> None:
    link = binding.link()
    platform = binding.platform
    path = f"{link.managed}:resend"
    for scopes in (["credential-binding-jobs:read"], ["credential-binding-jobs:revoke"]):
        assert platform.manage("POST", path, scopes=scopes).status == 403
    other = platform.management_token(client=platform.second_tenant())
    assert platform.call("POST", f"{platform.realm_path}{path}", token=other).status in (401, 404)
    for wrong in ("0" * 16, "x", "%20"):
        for unknown in (
            f"/identities/{wrong}/credential-binding-jobs/{link.job['id']}:resend",
            f"{binding.managed}/credential-binding-jobs/{wrong}:resend",
        ):
            assert platform.manage("POST", unknown).status == 404
    assert platform.manage("GET", path).status == 405
    assert link.begin().status == 200
