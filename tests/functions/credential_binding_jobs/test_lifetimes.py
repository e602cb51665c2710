"""The room `credential_binding_jobs`: how long a link lives."""

from datetime import datetime
from typing import Any

import pytest

from tests.support.binding_steps import BindingSteps, new_binding
from tests.support.configuration_bodies import refused_fields
from tests.support.platform import Platform


@pytest.fixture(scope="module")
def binding(platform: Platform) -> BindingSteps:
    return new_binding(platform)


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [({}, 604800), ({"expires_in": 300}, 300), ({"expires_in": 2592000}, 2592000)],
)
def test_a_link_lives_as_long_as_was_asked_for(
    binding: BindingSteps, sent: dict[str, int], seconds: int
) -> None:
    """N139: at its end it opens nothing, and the job says EXPIRED."""
    link = binding.link(**sent)
    made, ends = (datetime.fromisoformat(link.job[n]) for n in ("create_time", "expire_time"))
    assert (ends - made).total_seconds() == seconds
    assert "expires_in" not in link.job
    binding.platform.clock.advance(seconds - 1)
    assert link.begin().status == 200
    binding.platform.clock.advance(1)
    assert link.begin().status == 410
    assert link.state() == "EXPIRED"


@pytest.mark.parametrize("sent", [299, 2592001, 0, -1, "3600", 3600.5, True, None])
def test_another_lifetime_is_refused(binding: BindingSteps, sent: Any) -> None:
    assert refused_fields(binding.make_job(expires_in=sent)) == ["job.expires_in"]


def test_a_link_that_is_sent_again_lives_as_long_as_the_first(binding: BindingSteps) -> None:
    link = binding.link(expires_in=600)
    binding.platform.clock.advance(500)
    again = binding.platform.manage("POST", f"{link.managed}:resend", {})
    assert again.status == 200, again.text
    job = again.json()["credential_binding_job"]
    ends = datetime.fromisoformat(job["expire_time"])
    assert (ends - datetime.fromisoformat(link.job["expire_time"])).total_seconds() == 500
