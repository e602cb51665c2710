"""Unknown paths, with CloudFront in front of the auth host: refused there as every other path is,
and still not found on the api host, which nothing stands before."""

from collections.abc import Iterator

import boto3
import pytest
from keybound.edge import origin

from functions import composition
from tests.support.platform import Platform

SECRET = "s" * 64


@pytest.fixture
def edge(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    made = boto3.client("secretsmanager").create_secret(Name="origin", SecretString=SECRET)
    monkeypatch.setenv(origin.SETTING, made["ARN"])
    monkeypatch.setenv(origin.GUARDED_API, "localauth")
    composition.forget()
    yield
    monkeypatch.undo()
    composition.forget()
    boto3.client("secretsmanager").delete_secret(
        SecretId=made["ARN"], ForceDeleteWithoutRecovery=True
    )


@pytest.mark.usefixtures("edge")
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize("shown", [{}, {origin.HEADER: "guess"}, {origin.HEADER: "é" * 64}])
def test_a_call_that_bypasses_cloudfront_is_refused(
    platform: Platform, method: str, shown: dict[str, str]
) -> None:
    answer = platform.call(method, "/nobody", host="auth", headers=shown)
    assert (answer.status, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.usefixtures("edge")
def test_through_cloudfront_an_unknown_path_is_not_found(platform: Platform) -> None:
    answer = platform.call("GET", "/nobody", host="auth", headers={origin.HEADER: SECRET})
    assert (answer.status, answer.json()["code"]) == (404, "not_found")


@pytest.mark.usefixtures("edge")
def test_the_api_host_has_nothing_in_front_of_it(platform: Platform) -> None:
    answer = platform.call("GET", "/nobody", host="api")
    assert (answer.status, answer.json()["code"]) == (404, "not_found")


def test_a_secret_that_cannot_be_read_lets_nobody_in(
    platform: Platform, edge: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(origin.SETTING, "arn:aws:secretsmanager:us-east-1:123456789012:secret:gone")
    composition.forget()
    answer = platform.call("GET", "/nobody", host="auth", headers={origin.HEADER: SECRET})
    assert answer.status == 503
