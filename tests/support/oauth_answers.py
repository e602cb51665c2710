"""What an OAuth endpoint may answer, told apart, and what none of its answers may ever hold."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.platform import Answer
from tests.support.sign_in import REDIRECT_URI

# RFC 6749 §4.1.2.1: error_description keeps to %x20-21 / %x23-5B / %x5D-7E.
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+\Z")


def check_page(answer: Answer) -> None:
    """PAGE: shown to the person, unframed and uncached, and it leads nowhere."""
    assert 400 <= answer.status < 500, answer.text
    assert "location" not in answer.headers
    assert answer.headers["content-type"].startswith("text/html")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "<script" not in answer.text
    assert "http" not in answer.text.replace("http-equiv", ""), "no foreign resources"


def redirected(answer: Answer, uri: str = REDIRECT_URI) -> dict[str, str]:
    """Return what a 302 added to the redirect URI; nothing of it is changed or repeated."""
    assert answer.status == 302, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    return added(answer.headers["location"], uri)


def added(location: str, uri: str = REDIRECT_URI) -> dict[str, str]:
    """Return the parameters that were added to a redirect URI."""
    joint = "&" if "?" in uri else "?"
    assert location.startswith(uri + joint), location
    parameters = parse_qs(location[len(uri) + 1 :], strict_parsing=True, keep_blank_values=True)
    assert all(len(values) == 1 for values in parameters.values()), location
    assert urlsplit(location).fragment == ""
    return {name: values[0] for name, values in parameters.items()}


def check_back(
    answer: Answer, error: str, *, issuer: str, state: str = "st-1", uri: str = REDIRECT_URI
) -> None:
    """BACK(error): told to the client at its own redirect URI, with `state` and `iss`."""
    found = redirected(answer, uri)
    assert found.pop("error") == error, found
    assert DESCRIPTION.match(found.pop("error_description"))
    assert found == {"iss": issuer} | ({"state": state} if state else {})


def check_json(answer: Answer, status: int, error: str | None) -> dict[str, Any]:
    """An error as RFC 6749 §5.2 wants it; error None: no error code at all (RFC 6750 §3.1)."""
    assert answer.status == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    body: dict[str, Any] = answer.json()
    assert body.get("error") == error, body
    assert DESCRIPTION.match(body["error_description"])
    assert set(body) <= {"error", "error_description"}
    return body
