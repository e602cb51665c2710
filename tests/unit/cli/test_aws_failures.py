"""What an operator reads when AWS refuses or is out of reach: never a traceback."""

from typing import Any

import click
import pytest
from botocore import exceptions as b
from keybound.domain.errors import (
    BadRequest,
    Conflict,
    FieldViolation,
    NotFound,
    Unavailable,
)

from tools.cli.aws_failures import explain, explained
from tools.cli.target import TargetError

ROLE = "arn:aws:sts::123456789012:assumed-role/reader/ada"
TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/keybound-prod-directory"


def refusal(code: str, message: str, operation: str = "PutItem") -> b.ClientError:
    return b.ClientError({"Error": {"Code": code, "Message": message}}, operation)


def test_a_denied_call_names_the_permission_and_the_resource() -> None:
    message = (
        f"User: {ROLE} is not authorized to perform: dynamodb:PutItem on resource: {TABLE}"
        " because no identity-based policy allows the dynamodb:PutItem action"
    )
    said = explain(refusal("AccessDeniedException", message))
    assert said == f"AWS denies it: your credentials lack dynamodb:PutItem on {TABLE}"


def test_a_denied_call_without_a_resource_still_names_the_permission() -> None:
    message = f"User: {ROLE} is not authorized to perform: cloudformation:DescribeStacks"
    assert explain(refusal("AccessDenied", message)).endswith("lack cloudformation:DescribeStacks")


def test_a_denial_in_other_words_names_the_call() -> None:
    assert explain(refusal("AccessDenied", "no", "GetParameter")).endswith("lack GetParameter")


def test_what_storage_turned_into_unavailable_is_explained_by_its_cause() -> None:
    try:
        try:
            raise refusal("ResourceNotFoundException", "Requested resource not found", "Query")
        except b.ClientError as error:
            raise Unavailable(detail="dynamodb ResourceNotFoundException") from error
    except Unavailable as error:
        said = explain(error)
    assert "deploy the state stack first" in said and "--stage" in said


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (refusal("ExpiredTokenException", "expired"), "have expired"),
        (refusal("UnrecognizedClientException", "no"), "does not accept the credentials"),
        (refusal("SignatureDoesNotMatch", "no"), "five minutes wrong"),
        (refusal("KMSInvalidStateException", "pending deletion"), "cancel its deletion"),
        (refusal("DisabledException", "disabled"), "enable it"),
        (refusal("ThrottlingException", "slow down"), "run it again"),
        (refusal("Strange", "thing"), "AWS refuses PutItem: Strange thing"),
        (b.NoCredentialsError(), "aws sso login"),
        (b.ProfileNotFound(profile="x"), "no AWS credentials"),
        (b.NoRegionError(), "--region"),
        (b.EndpointConnectionError(endpoint_url="https://x"), "cannot be reached"),
        (b.ConnectTimeoutError(endpoint_url="https://x"), "cannot be reached"),
        (TargetError("say so"), "say so"),
        (Conflict("username already exists"), "username already exists"),
        (NotFound("Tenant", "0" * 16), "tenant not found"),
        (
            BadRequest(violations=(FieldViolation("a.b", "bad"), FieldViolation("c", "worse"))),
            "a.b: bad; c: worse",
        ),
        (Unavailable(detail="no active sealing key"), "no active sealing key"),
    ],
)
def test_each_failure_says_what_to_do(error: Exception, words: str) -> None:
    assert words in explain(error)


def test_foreseen_failures_become_messages() -> None:
    with pytest.raises(click.ClickException, match="--region"), explained():
        raise b.NoRegionError


def test_a_bug_is_not_dressed_up_as_a_message() -> None:
    def broken() -> Any:
        raise KeyError("x")

    with pytest.raises(KeyError), explained():
        broken()
