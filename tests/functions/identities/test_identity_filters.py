"""The room `identities`: what its filters find, and what a page costs."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from keybound.domain.ids import IdentityId
from keybound.domain.tenancy import RealmPath

from functions.identities import wiring
from tests.support.aws_calls import AwsCall, count_aws_calls
from tests.support.binding_steps import identity_body
from tests.support.configuration_bodies import refused_fields
from tests.support.directory_samples import new_identity
from tests.support.platform import Platform

EMAIL, EXTERNAL = "traits.primary_email_address", "traits.external_id"


def make(platform: Platform, username: str, status: str = "active", **traits: str) -> str:
    body = identity_body(username, status=status)
    body["identity"]["traits"] |= traits
    answer = platform.manage("POST", "/identities", body)
    assert answer.status == 200, answer.text
    platform.clock.advance(1)
    return str(answer.json()["id"])


@pytest.fixture(scope="module")
def people(platform: Platform) -> dict[str, str]:
    """Ids by username; creation one second apart."""
    return {
        "ada": make(platform, "ada", primary_email_address="Ada@Example.org", external_id="X-1"),
        "bob": make(platform, "bob", primary_email_address="team@example.org", external_id="x-1"),
        "cleo": make(platform, "cleo", "suspended", primary_email_address="TEAM@example.org"),
        "dan": make(platform, "dan", primary_email_address="team@example.org"),
    }


def found(platform: Platform, expression: str, more: str = "") -> dict[str, Any]:
    answer = platform.manage("GET", f"/identities?filter={quote(expression)}{more}")
    assert answer.status == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('traits.username eq "ADA"', ["ada"]),
        (f'{EMAIL} eq "ada@example.org"', ["ada"]),
        (f'{EMAIL} eq "Team@Example.Org"', ["bob", "dan", "cleo"]),
        (f'{EMAIL} eq "team@example.org" and status eq "active"', ["bob", "dan"]),
        (f'status eq "SUSPENDED" and {EMAIL} eq "team@example.org"', ["cleo"]),
        (f'{EXTERNAL} eq "X-1"', ["ada"]),
        (f'{EXTERNAL} eq "x-1"', ["bob"]),
        (f'{EXTERNAL} eq "x-1" and status eq "suspended"', []),
        ('traits.username eq "cleo" and status eq "suspended"', ["cleo"]),
        ('traits.username eq "cleo" and status eq "active"', []),
        ('status eq "suspended"', ["cleo"]),
        ('status eq "active"', ["ada", "bob", "dan"]),
        ('status eq "deleted"', []),
        (f'{EMAIL} eq ""', []),
    ],
)
def test_a_filter_finds_whom_it_names(
    platform: Platform, people: dict[str, str], expression: str, expected: list[str]
) -> None:
    page = found(platform, expression)
    assert [each["id"] for each in page["identities"]] == [people[name] for name in expected]
    assert page["total_size"] == len(expected)


@pytest.mark.parametrize(
    "expression",
    [f'{EMAIL} eq "a" and {EXTERNAL} eq "b"', f'traits.username eq "a" and {EMAIL} eq "b"'],
)
def test_two_values_that_no_index_serves_together_are_refused(
    platform: Platform, expression: str
) -> None:
    answer = platform.manage("GET", f"/identities?filter={quote(expression)}")
    assert refused_fields(answer) == ["filter"]
    assert EMAIL in answer.json()["details"][0]["field_violations"][0]["description"]


def test_a_change_moves_an_identity_from_one_filter_to_another(platform: Platform) -> None:
    one = make(platform, "eve", primary_email_address="eve@example.org")
    path = f"/identities/{one}"
    moved = {"type": "traits_v0", "primary_email_address": "eva@example.org"}
    for body in ({"status": "suspended"}, {"traits": moved}):
        assert platform.manage("PATCH", path, {"identity": body}).status == 200
    assert found(platform, f'{EMAIL} eq "eve@example.org"')["identities"] == []
    both = f'{EMAIL} eq "eva@example.org" and status eq "suspended"'
    assert [each["id"] for each in found(platform, both)["identities"]] == [one]
    gone = {"type": "traits_v0", "primary_email_address": None}
    assert platform.manage("PATCH", path, {"identity": {"traits": gone}}).status == 200
    assert found(platform, f'{EMAIL} eq "eva@example.org"')["identities"] == []
    assert platform.manage("DELETE", path).status == 200
    assert found(platform, 'status eq "suspended" and traits.username eq "eve"')["identities"] == []


def test_a_page_token_remembers_its_filter_and_takes_no_other(
    platform: Platform, people: dict[str, str]
) -> None:
    expression = f'{EMAIL} eq "team@example.org"'
    first = found(platform, expression, "&page_size=2")
    assert [each["id"] for each in first["identities"]] == [people["bob"], people["dan"]]
    assert "total_size" not in first, "to count more than the page would read more than the page"
    token = first["next_page_token"]
    rest = platform.manage("GET", f"/identities?page_token={token}").json()
    assert [each["id"] for each in rest["identities"]] == [people["cleo"]]
    same = quote(f'  {EMAIL.upper()} EQ "team@example.org" ')
    answer = platform.manage("GET", f"/identities?page_token={token}&filter={same}")
    assert answer.status == 200
    for other in (f'{EMAIL} eq "ada@example.org"', 'status eq "active"', "nonsense"):
        path = f"/identities?page_token={token}&filter={quote(other)}"
        assert refused_fields(platform.manage("GET", path)) == ["filter"]
    unfiltered = platform.manage("GET", "/identities?page_size=1").json()["next_page_token"]
    path = f"/identities?page_token={unfiltered}&filter={quote(expression)}"
    assert refused_fields(platform.manage("GET", path)) == ["filter"]
    platform.clock.advance(7 * 24 * 3600)
    late = platform.manage("GET", f"/identities?page_token={token}")
    assert refused_fields(late) == ["page_token"]


# --- what a page costs

EXPRESSIONS = (
    "",
    'status eq "active"',
    f'{EMAIL} eq "ada@example.com"',
    f'{EMAIL} eq "ada@example.com" and status eq "active"',
)


OF_CONFIGURATION = ("BatchGetItem", None, 2)
"""An application or a resource server, read with its realm. Deployed, these are cached."""


def reads(calls: list[AwsCall]) -> list[tuple[str, Any, Any]]:
    """Every read of a call with what bounds it: a limit, or the number of keys."""
    return [
        (
            call.operation,
            call.params.get("IndexName"),
            call.params.get("Limit")
            or sum(len(each["Keys"]) for each in call.params.get("RequestItems", {}).values()),
        )
        for call in calls
    ]


@pytest.fixture(scope="module")
def realms(platform: Platform) -> Iterator[dict[int, str]]:
    """A realm of 60 identities and one of 1,500, put into the table."""
    made = {}
    for size in (60, 1500):
        realm = platform.create_realm(platform.management, f"Realm of {size}")
        path = RealmPath(realm.tenant_id, realm.id)
        fill(platform, path, size)
        made[size] = f"/v1/tenants/{path.tenant_id}/realms/{path.realm_id}/identities"
    yield made


def fill(platform: Platform, path: RealmPath, size: int) -> None:
    table, identities = platform.deployment.directory, wiring.ports().identities
    for number in range(size):
        traits = {"username": f"user{number}", "primary_email_address": "ada@example.com"}
        identity = new_identity(
            id=IdentityId(f"{number:016x}"),
            tenant_id=path.tenant_id,
            realm_id=path.realm_id,
            traits=traits,
            create_time=number,
        )
        write = identities.creation(identity, "attempt")[0]["Put"]
        table._client().put_item(TableName=table.name, Item=write["Item"])


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_page_of_a_large_realm_reads_what_one_of_a_small_realm_does(
    platform: Platform, realms: dict[int, str], expression: str
) -> None:
    """A page reads its own entries of an index, one more to know whether it is the last, and its
    own items: however many there are beside. No scan, no filter expression, no read without a
    bound but those of configuration and of the sixteen counts."""
    token, query = platform.management_token(), f"page_size=20&filter={quote(expression)}"
    seen = {}
    for size, path in realms.items():
        platform.call("GET", f"{path}?{query}", token=token)
        with count_aws_calls() as calls:
            answer = platform.call("GET", f"{path}?{query}", token=token)
        assert len(answer.json()["identities"]) == 20, answer.text
        assert all("FilterExpression" not in call.params for call in calls)
        seen[size] = reads(calls)
    small, large = seen.values()
    assert small == large
    page = [read for read in large if read[2] and read != OF_CONFIGURATION]
    assert [(operation, bound) for operation, _, bound in page] == [
        ("Query", 21),
        ("BatchGetItem", 20),
    ]
    assert page[0][1] is not None, "by an index"


def test_consumed_capacity_of_a_page_does_not_grow_with_the_realm(
    platform: Platform, realms: dict[int, str]
) -> None:
    from keybound.storage import keys

    table, units = platform.deployment.directory, []
    for path in realms.values():
        t, r = path.split("/")[3], path.split("/")[5]
        answer = table._client().query(
            TableName=table.name,
            IndexName=keys.BY_LIST,
            KeyConditionExpression="lpk = :p",
            ExpressionAttributeValues={":p": {"S": keys.list_partition(t, r, "identities")}},  # type: ignore[arg-type]
            Limit=21,
            ReturnConsumedCapacity="TOTAL",
        )
        units.append((answer["ScannedCount"], answer["ConsumedCapacity"]["CapacityUnits"]))
    assert units[0] == units[1]
    assert units[0][0] == 21
