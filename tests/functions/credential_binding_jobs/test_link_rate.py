"""N145: how many links one identity is given in a minute (RFC 6585 §4)."""

from typing import Any

import pytest
from keybound.domain.binding_job import MAX_LINKS_A_MINUTE

from tests.support.at_once import at_once
from tests.support.aws_calls import count_aws_calls, fail_aws_call
from tests.support.binding_steps import BindingSteps, new_binding
from tests.support.otp_steps import new_otp_sign_in
from tests.support.platform import Answer, Platform


@pytest.fixture
def binding(platform: Platform) -> BindingSteps:
    """An identity of its own, at the beginning of a minute."""
    platform.clock.advance(60 - platform.clock.now() % 60)
    return new_binding(platform)


def use_up(binding: BindingSteps, links: int = MAX_LINKS_A_MINUTE) -> None:
    assert {binding.make_job().status for _ in range(links)} == {200}


def is_refused(answer: Answer, platform: Platform) -> bool:
    wait_s = 60 - platform.clock.now() % 60
    return (answer.status, answer.headers.get("retry-after")) == (429, str(wait_s))


def jobs_of(binding: BindingSteps) -> int:
    path = f"{binding.managed}/credential-binding-jobs?page_size=200"
    total: int = binding.platform.manage("GET", path).json()["total_size"]
    return total


def test_one_link_more_than_the_limit_is_429_until_the_minute_is_over(
    binding: BindingSteps,
) -> None:
    """N145."""
    platform = binding.platform
    use_up(binding)
    platform.clock.advance(13)
    refused = binding.make_job()
    assert is_refused(refused, platform)
    assert refused.json()["code"] == "too_many_requests"
    assert jobs_of(binding) == MAX_LINKS_A_MINUTE
    assert new_binding(platform).make_job().status == 200  # somebody else
    platform.clock.advance(int(refused.headers["retry-after"]) - 1)
    assert binding.make_job().status == 429
    platform.clock.advance(1)
    assert binding.make_job().status == 200


def test_fifty_creations_at_once_make_no_more_than_the_limit(binding: BindingSteps) -> None:
    """N145."""
    platform, token = binding.platform, binding.platform.management_token()
    path = f"{platform.realm_path}{binding.managed}/credential-binding-jobs"
    body = {"job": {"delivery_method": "RETURN", "authenticator_config_id": binding.config_id}}
    answers: list[Any] = at_once(
        50, lambda _: platform.call("POST", path, json=body, token=token).status
    )
    assert set(answers) <= {200, 429, 503}
    assert answers.count(200) == jobs_of(binding) == MAX_LINKS_A_MINUTE


def test_a_link_sent_again_counts_and_a_refused_one_leaves_the_old_alive(
    binding: BindingSteps,
) -> None:
    """N145."""
    link = binding.link()
    use_up(binding, MAX_LINKS_A_MINUTE - 2)
    again = binding.platform.manage("POST", f"{link.managed}:resend")
    assert again.status == 200
    refused = binding.platform.manage("POST", f"{link.managed}:resend")
    assert is_refused(refused, binding.platform)
    assert is_refused(binding.make_job(), binding.platform)
    token = again.json()["credential_binding_link"].partition("?token=")[2]
    assert link.begin(token).status == 200


def test_a_link_after_a_one_time_password_counts_and_its_token_is_not_used_up(
    platform: Platform,
) -> None:
    """N145."""
    otp = new_otp_sign_in(platform)
    otp.forget_passkeys()
    token = str(otp.redeemed()["passkey_binding_token"])
    identity = {"id": otp.sign_in.identity.id}
    use_up(BindingSteps(platform, otp.sign_in.config.id, identity))
    assert is_refused(otp.bind(token), platform)
    platform.clock.advance(60)
    assert otp.bind(token).status == 200


def test_what_was_refused_or_failed_is_not_counted(binding: BindingSteps) -> None:
    use_up(binding, MAX_LINKS_A_MINUTE - 1)
    assert binding.make_job(post_binding_redirect_uri="https://evil.example/").status == 400
    with fail_aws_call("TransactWriteItems", "before") as failed:
        assert binding.make_job().status == 503
    assert failed
    assert [binding.make_job().status for _ in range(2)] == [200, 429]


def test_a_repeated_key_is_answered_again_at_the_limit(binding: BindingSteps) -> None:
    platform, token = binding.platform, binding.platform.management_token()
    path = f"{platform.realm_path}{binding.managed}/credential-binding-jobs"
    body = {"job": {"delivery_method": "RETURN", "authenticator_config_id": binding.config_id}}

    def create(key: str) -> Answer:
        headers = {"idempotency-key": key}
        return platform.call("POST", path, json=body, token=token, headers=headers)

    use_up(binding, MAX_LINKS_A_MINUTE - 1)
    first = create("one")
    assert (first.status, create("two").status) == (200, 429)
    assert create("one").text == first.text
    platform.clock.advance(60)
    assert create("two").status == 200


def test_it_costs_no_call_of_its_own(binding: BindingSteps) -> None:
    token = binding.platform.management_token()
    path = f"{binding.platform.realm_path}{binding.managed}/credential-binding-jobs"
    body = {"job": {"delivery_method": "RETURN", "authenticator_config_id": binding.config_id}}
    with count_aws_calls() as calls:
        answer = binding.platform.call("POST", path, json=body, token=token)
    assert answer.status == 200
    reads = ("GetItem", "BatchGetItem", "Query", "Decrypt")  # of token, configuration and keys
    written = [call for call in calls if call.operation not in reads]
    assert [call.operation for call in written] == ["TransactWriteItems"]
    assert "LINKS#" in str(written[0].params)
