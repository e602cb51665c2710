"""MIME that every mail program reads, and that nobody's name can leave (T13)."""

import email
import email.policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from keybound.mail.message import Message, header_text

LONG = "Universität für angewandte Kunst Wien and Ø of Many Long Words Ä"
SENDER, READER = "no-reply@mail.example.com", "ada@example.com"


def written(**changes: str) -> bytes:
    members = {
        "sender": SENDER,
        "sender_name": "Acme",
        "to": READER,
        "subject": "Hello",
        "text": "in words\n",
        "html": "<b>in colour</b>",
    }
    return Message(**(members | changes)).as_bytes()


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_it_has_a_text_part_first_and_html_as_the_better_alternative() -> None:
    message = read(written())
    assert message.get_content_type() == "multipart/alternative"
    parts = [part.get_content_type() for part in message.iter_parts()]
    assert parts == ["text/plain", "text/html"]
    assert message["Auto-Submitted"] == "auto-generated"


def test_it_is_seven_bit_with_crlf_and_lines_of_at_most_998() -> None:
    """RFC 5321 §4.5.3.1.6, RFC 5322 §2.1.1, RFC 2045 §6.7."""
    long = f"https://auth.example.com/{'a' * 2000}\n"
    raw = written(sender_name="Zażółć gęślą", subject="Größe 日本語", text=long, html=f"<p>{long}")
    raw.decode("ascii")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    body = read(raw).get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == long.splitlines()


@pytest.mark.parametrize(
    "name",
    ["Zażółć gęślą jaźń", "Ada, Inc. (EU)", '"quoted" \\ name', "日本語" * 20, "a@b.example", LONG],
)
def test_a_senders_name_arrives_as_it_was(name: str) -> None:
    header = email.message_from_bytes(written(sender_name=name))["From"]
    # By RFC 2047 §6.2: the newer parser puts spaces between the encoded words of a phrase.
    shown, address = parseaddr(str(make_header(decode_header(header))))
    assert (shown, address) == (name, SENDER)


@pytest.mark.parametrize(
    "name",
    [
        "Eve\r\nBcc: victim@example.net",
        "Eve\nBcc: victim@example.net",
        "Eve\rBcc: victim@example.net",
        "Eve\u2028Bcc: victim@example.net",
        "=?utf-8?q?Eve=0D=0ABcc:_victim=40example.net?=",
        "=?utf-8?b?RXZlDQpCY2M6IHZpY3RpbUBleGFtcGxlLm5ldA==?=",
        "Eve <victim@example.net>,",
        "\x00\x0b\x0c\x1c\x85Bcc: victim@example.net",
    ],
)
def test_no_name_or_subject_adds_a_header_or_a_recipient(name: str) -> None:
    """T13: also not by the encoded words of RFC 2047, which readers decode."""
    message = read(written(sender_name=name, subject=name))
    assert sorted(message.keys()) == sorted(
        ["From", "To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type"]
    )
    assert [a.addr_spec for a in message["From"].addresses] == [SENDER]
    assert [a.addr_spec for a in message["To"].addresses] == [READER]
    for text in (str(message["Subject"]), message["From"].addresses[0].display_name):
        assert text.isprintable()


def test_direction_overrides_do_not_reach_a_header() -> None:
    assert header_text("Acme\u202egpj.exe\u2066") == "Acme gpj.exe"


@pytest.mark.parametrize(
    "address",
    ["", "ada", "a@b", "ada@example.com\r\nBcc: x@example.net", "a@b.example,c@d.example"],
)
def test_an_address_that_cannot_be_mailed_makes_no_message(address: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        written(to=address)
