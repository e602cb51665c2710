"""What became of a mail, in three words, whatever SES does."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from keybound.domain.mail import Delivery, Sending
from keybound.edge import aws
from keybound.mail.message import Message
from keybound.mail.ses import Ses
from moto import mock_aws

from functions import composition

SENDER = "no-reply@mail.example.com"
MESSAGE = Message(SENDER, "Acme", "ada@example.com", "Hello", "in words\n", "<b>in colour</b>")
TAGS = {"kind": "binding", "job": "0123456789abcdef"}


class Client:
    """Answers SendEmail with what it was given, and remembers the call."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.calls: list[dict[str, Any]] = []

    def send_email(self, **request: Any) -> dict[str, str]:
        self.calls.append(request)
        if self.failure is not None:
            raise self.failure
        return {"MessageId": "1"}


@pytest.fixture
def real() -> Iterator[Any]:
    composition.forget()
    with mock_aws():
        yield aws.client("sesv2")
    composition.forget()


def test_an_accepted_mail_goes_out_once_by_the_configuration_set_with_its_tags() -> None:
    client = Client()
    assert Ses(lambda: client, "keybound-prod").send(MESSAGE, TAGS) == Sending(Delivery.ACCEPTED)
    (call,) = client.calls
    assert call["ConfigurationSetName"] == "keybound-prod"
    assert call["FromEmailAddress"] == SENDER
    assert call["Destination"] == {"ToAddresses": ["ada@example.com"]}
    assert {tag["Name"]: tag["Value"] for tag in call["EmailTags"]} == TAGS


def test_ses_itself_takes_the_call(real: Any) -> None:
    real.create_email_identity(EmailIdentity=SENDER)
    assert Ses(lambda: real).send(MESSAGE, TAGS) == Sending(Delivery.ACCEPTED)


def test_a_sender_that_ses_does_not_know_is_refused(real: Any) -> None:
    sending = Ses(lambda: real).send(MESSAGE, TAGS)
    assert sending == Sending(Delivery.REFUSED, "MessageRejected")


REFUSED = ("MessageRejected", "SendingPausedException", "AccountSuspendedException")
PASSING = ("TooManyRequestsException", "LimitExceededException", "InternalFailure", "AccessDenied")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        *((code, Delivery.REFUSED) for code in REFUSED),
        *((code, Delivery.UNDECIDED) for code in PASSING),
    ],
)
def test_a_refusal_is_told_from_what_may_pass_later(code: str, expected: Delivery) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "x"}}, "SendEmail")
    assert Ses(lambda: Client(error)).send(MESSAGE, TAGS) == Sending(expected, code)


@pytest.mark.parametrize(
    "error",
    [ReadTimeoutError(endpoint_url="https://ses"), EndpointConnectionError(endpoint_url="x")],
)
def test_no_answer_decides_nothing(error: Exception) -> None:
    sending = Ses(lambda: Client(error)).send(MESSAGE, TAGS)
    assert sending == Sending(Delivery.UNDECIDED, type(error).__name__)
