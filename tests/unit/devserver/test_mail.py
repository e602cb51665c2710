"""Mail in development: taken from the calls to SES, shown as JSON and as a page."""

import email.message
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from keybound.edge import aws
from moto import mock_aws

from functions import composition
from tools.devserver.dev_pages import DevPages
from tools.devserver.events import HttpAnswer, HttpCall
from tools.devserver.outbox import Mail, Outbox

SENDER, READER = "no-reply@keybound.example", "reader@example.com"


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    watching = Outbox(lambda: 0)
    composition.forget()
    with mock_aws():
        watching.watch()
        yield watching
    composition.forget()


def send(content: dict[str, Any], sender: str = SENDER) -> None:
    ses = aws.client("sesv2")
    ses.create_email_identity(EmailIdentity=SENDER)
    ses.send_email(FromEmailAddress=sender, Destination={"ToAddresses": [READER]}, Content=content)


def test_a_mail_is_kept_with_both_of_its_bodies(outbox: Outbox) -> None:
    body = {"Text": {"Data": "in words"}, "Html": {"Data": "<b>in colour</b>"}}
    send({"Simple": {"Subject": {"Data": "Hello"}, "Body": body}})
    assert [mail.as_json() for mail in outbox.mails] == [
        {
            "to": [READER],
            "from": SENDER,
            "subject": "Hello",
            "text": "in words",
            "html": "<b>in colour</b>",
            "sent_at": "1970-01-01T00:00:00Z",
        }
    ]


def test_a_raw_mail_is_read_apart(outbox: Outbox) -> None:
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, READER, "Größe"
    message.set_content("in words")
    message.add_alternative("<b>in colour</b>", subtype="html")
    send({"Raw": {"Data": message.as_bytes()}})
    mail = outbox.mails[0]
    assert (mail.to, mail.sender, mail.subject) == ([READER], SENDER, "Größe")
    assert (mail.text.strip(), mail.html.strip()) == ("in words", "<b>in colour</b>")


def test_a_mail_that_was_refused_is_not_kept(outbox: Outbox) -> None:
    body = {"Text": {"Data": "x"}}
    with pytest.raises(ClientError):
        send({"Simple": {"Subject": {"Data": "x"}, "Body": body}}, sender="other@example.org")
    assert outbox.mails == []


def ask(pages: DevPages, method: str, path: str) -> HttpAnswer:
    answer = pages(HttpCall(method, path))
    assert answer is not None
    return answer


def test_the_page_shows_mail_without_running_anything_of_it() -> None:
    script = "<script>alert(1)</script>"
    mail = Mail([READER, script], script, script, script, f'<a href="x">x</a>{script}"', "now")
    pages = DevPages([mail], ())

    answer = ask(pages, "GET", "/_dev/mailbox")

    page = answer.body.decode()
    assert script not in page
    assert "&lt;script&gt;" in page
    assert "allow-scripts" not in page
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert json.loads(ask(pages, "GET", "/_dev/mail").body)[0]["html"] == mail.html


@pytest.mark.parametrize("path", ["/", "/_developer", "/v1/_dev/mail", "/x/_dev/mail"])
def test_other_paths_are_none_of_its_business(path: str) -> None:
    assert DevPages([], ())(HttpCall("GET", path)) is None


@pytest.mark.parametrize("host", ["evil.example:8080", "localhost.evil.example", "", "[::1", "a@b"])
def test_a_foreign_name_that_leads_here_shows_no_mail(host: str) -> None:
    """DNS rebinding: to the browser such a page is of the same origin, so it sends no Origin."""
    call = HttpCall("GET", "/_dev/mail", [("Host", host), ("Sec-Fetch-Site", "same-origin")])
    answer = DevPages([], ())(call)
    assert answer is not None
    assert answer.status == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]:8080"])
def test_this_machines_own_names_do(host: str) -> None:
    answer = DevPages([], ())(HttpCall("GET", "/_dev/mail", [("Host", host)]))
    assert answer is not None
    assert answer.status == 200


@pytest.mark.parametrize(("method", "path"), [("POST", "/_dev/mail"), ("GET", "/_dev/clock")])
def test_what_it_does_not_have_is_not_found(method: str, path: str) -> None:
    assert ask(DevPages([], ()), method, path).status == 404
