"""Lists of binding jobs: filters by state and delivery method, and what a page costs."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.support.aws_calls import count_aws_calls
from tests.support.binding_steps import BindingSteps, identity_body, new_binding
from tests.support.configuration_bodies import refused_fields
from tests.support.platform import Answer, Platform

EVERYBODY = "/identities/-"


@pytest.fixture(scope="module")
def jobs(platform: Platform) -> tuple[BindingSteps, dict[str, str]]:
    """Ids of one person's jobs by what became of them; another person has one open job."""
    steps = new_binding(platform)
    made = {name: steps.link() for name in ("open", "opened", "complete", "revoked")}
    made["opened"].begun()
    assert made["complete"].complete().status == 200
    assert platform.manage("POST", f"{made['revoked'].managed}:revoke").status == 200
    mailed = steps.make_job(delivery_method="EMAIL").json()["credential_binding_job"]
    other = platform.manage("POST", "/identities", identity_body()).json()
    others = BindingSteps(platform, steps.config_id, other).link()
    ids = {name: str(link.job["id"]) for name, link in made.items()}
    return steps, ids | {"mailed": mailed["id"], "others": str(others.job["id"])}


def ask(platform: Platform, whose: str, expression: str, more: str = "") -> Answer:
    path = f"{whose}/credential-binding-jobs?filter={quote(expression)}{more}"
    return platform.manage("GET", path)


def found(platform: Platform, whose: str, expression: str, more: str = "") -> dict[str, Any]:
    answer = ask(platform, whose, expression, more)
    assert answer.status == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


@pytest.mark.parametrize(
    ("expression", "own", "others"),
    [
        ('state eq "LINK_SENT"', {"open", "mailed"}, {"others"}),
        ('state eq "link_opened"', {"opened"}, set()),
        ('state eq "COMPLETE"', {"complete"}, set()),
        ('state eq "REVOKED"', {"revoked"}, set()),
        ('state eq "EXPIRED"', set(), set()),
        ('delivery_method eq "email"', {"mailed"}, set()),
        ('delivery_method eq "RETURN"', {"open", "opened", "complete", "revoked"}, {"others"}),
        ('state eq "LINK_SENT" and delivery_method eq "EMAIL"', {"mailed"}, set()),
        ('delivery_method eq "RETURN" and state eq "LINK_SENT"', {"open"}, {"others"}),
        ('state eq "SOMETHING"', set(), set()),
    ],
)
def test_a_filter_finds_the_jobs_of_a_realm_and_of_one_identity(
    platform: Platform,
    jobs: tuple[BindingSteps, dict[str, str]],
    expression: str,
    own: set[str],
    others: set[str],
) -> None:
    steps, ids = jobs
    for whose, names in ((steps.managed, own), (EVERYBODY, own | others)):
        page = found(platform, whose, expression)
        shown = {job["id"] for job in page["credential_binding_jobs"]}
        assert shown == {ids[name] for name in names}
        assert page["total_size"] == len(names)


def test_pages_of_a_filter_are_bound_to_it_and_to_their_list(
    platform: Platform, jobs: tuple[BindingSteps, dict[str, str]]
) -> None:
    steps, ids = jobs
    expression = 'state eq "LINK_SENT"'
    first = found(platform, EVERYBODY, expression, "&page_size=2")
    token = first["next_page_token"]
    assert "total_size" not in first
    base = f"{EVERYBODY}/credential-binding-jobs?page_token={token}"
    rest = platform.manage("GET", base).json()
    shown = first["credential_binding_jobs"] + rest["credential_binding_jobs"]
    assert {job["id"] for job in shown} == {ids["open"], ids["mailed"], ids["others"]}
    other = quote('state eq "REVOKED"')
    assert refused_fields(platform.manage("GET", f"{base}&filter={other}")) == ["filter"]
    own = f"{steps.managed}/credential-binding-jobs?page_token={token}"
    assert refused_fields(platform.manage("GET", own)) == ["page_token"]


@pytest.mark.parametrize("expression", ['id eq "x"', 'state ne "REVOKED"', "state", 'a eq "b"'])
@pytest.mark.parametrize("whose", [EVERYBODY, "own"])
def test_a_filter_that_no_index_serves_is_refused(
    platform: Platform,
    jobs: tuple[BindingSteps, dict[str, str]],
    whose: str,
    expression: str,
) -> None:
    whose = jobs[0].managed if whose == "own" else whose
    assert refused_fields(ask(platform, whose, expression)) == ["filter"]


def test_one_identitys_list_is_read_page_by_page(
    platform: Platform, jobs: tuple[BindingSteps, dict[str, str]]
) -> None:
    steps, ids = jobs
    path, seen = f"{steps.managed}/credential-binding-jobs?page_size=2", []
    with count_aws_calls() as calls:
        page = platform.manage("GET", path).json()
    asked = [call.params for call in calls if "JOB#" in str(call.params)]
    assert [(call["ConsistentRead"], call["Limit"]) for call in asked] == [(True, 3)]
    while True:
        seen += [job["id"] for job in page["credential_binding_jobs"]]
        if "next_page_token" not in page:
            break
        more = f"&page_token={page['next_page_token']}"
        page = platform.manage("GET", path + more).json()
    assert sorted(seen) == sorted(set(ids.values()) - {ids["others"]})
    whole = platform.manage("GET", f"{steps.managed}/credential-binding-jobs").json()
    assert whole["total_size"] == 5


def test_a_job_past_its_time_is_no_open_one_and_expired_once_it_is_closed(
    platform: Platform,
) -> None:
    steps = new_binding(platform)
    job = steps.link(expires_in=300).job["id"]
    platform.clock.advance(300)
    assert found(platform, steps.managed, 'state eq "LINK_SENT"')["credential_binding_jobs"] == []
    platform.run_scheduled("expiry_cleanup")
    expired = found(platform, steps.managed, 'state eq "EXPIRED"')["credential_binding_jobs"]
    assert [each["id"] for each in expired] == [job]
