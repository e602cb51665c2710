"""How findings are told, to people and to programs."""

import json

from botocore.exceptions import ClientError, NoCredentialsError

from tools.cli.doctor.findings import (
    Check,
    Failed,
    Finding,
    NotChecked,
    Status,
    as_json,
    as_table,
    examine,
    failed,
)


def raising(error: Exception) -> Check:
    def run() -> str:
        raise error

    return Check("check", run)


def test_one_failure_keeps_no_other_check_from_running() -> None:
    found = examine([raising(Failed("a", "b")), raising(NoCredentialsError()), Check("c", str)])
    assert [each.status for each in found] == [Status.FAILED, Status.FAILED, Status.OK]


def test_a_check_that_is_denied_says_which_permission_it_needs() -> None:
    message = (
        "User: arn:aws:iam::1:user/ada is not authorized to perform: kms:DescribeKey on resource:"
        " arn:aws:kms:eu-west-1:1:key/x because"
    )
    error = ClientError(
        {"Error": {"Code": "AccessDeniedException", "Message": message}}, "DescribeKey"
    )
    (found,) = examine([raising(error)])
    assert found.advice == (
        "allow your credentials kms:DescribeKey on arn:aws:kms:eu-west-1:1:key/x"
    )


def test_what_was_not_checked_is_no_failure_and_never_silent() -> None:
    found = examine([raising(NotChecked("say --client-id"))])
    assert not failed(found)
    assert as_table(found).splitlines() == ["– check  say --client-id", "", "1 not checked"]


def test_the_table_has_one_line_of_advice_under_each_failure() -> None:
    found = [
        Finding("first", Status.OK, "fine"),
        Finding("the second", Status.FAILED, "broken", "mend it"),
    ]
    assert as_table(found).splitlines() == [
        "✓ first       fine",
        "✗ the second  broken",
        "              → mend it",
        "",
        "1 ok, 1 failed",
    ]


def test_programs_read_the_same() -> None:
    found = [Finding("second", Status.FAILED, "broken", "mend it")]
    assert json.loads(as_json(found)) == {
        "ok": False,
        "checks": [{"check": "second", "status": "failed", "found": "broken", "advice": "mend it"}],
    }
    assert json.loads(as_json([]))["ok"] is True
