"""What a command says when the management API refuses, and the exit code that scripts read.

| code | meaning |
|---|---|
| 0 | done |
| 1 | failed in another way |
| 2 | the command line itself is wrong |
| 3 | not found |
| 4 | not allowed: no or wrong client, a scope is missing |
| 5 | conflicts with what is stored |
| 6 | a value was refused |
| 7 | not now: busy, or out of reach; nothing was decided |
"""

from typing import Any

import click

from tools.cli.doctor.http_client import Answer

NOT_FOUND, NOT_ALLOWED, CONFLICT, REFUSED, NOT_NOW = 3, 4, 5, 6, 7
_CODES = {
    400: REFUSED,
    401: NOT_ALLOWED,
    403: NOT_ALLOWED,
    404: NOT_FOUND,
    409: CONFLICT,
    412: CONFLICT,
    413: REFUSED,
    422: REFUSED,
    429: NOT_NOW,
    503: NOT_NOW,
}


class Refusal(click.ClickException):
    """A message for people, and the exit code for scripts."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click reads it from the instance


def refusal(answer: Answer, profile: str) -> Refusal:
    """Return what to say about an answer that is no success."""
    said = answer.json()
    message = str(said.get("message") or said.get("error_description") or said.get("error") or "")
    lines = [message or f"the api host answers {answer.status} without saying why"]
    lines += _details(said.get("details"))
    if advice := _advice(answer, profile):
        lines.append(advice)
    return Refusal("\n  ".join(lines), _CODES.get(answer.status, 1))


def token_refusal(answer: Answer, profile: str) -> Refusal:
    """Return what to say when the token endpoint gives no token."""
    code = str(answer.json().get("error") or f"HTTP {answer.status}")
    if code != "invalid_client":
        return Refusal(
            f"the token endpoint gives no token: {code}\n"
            f"  compare the addresses of {profile} with those of the deployment: keybound doctor",
            _CODES.get(answer.status, 1),
        )
    return Refusal(
        f"the token endpoint does not know the client id, or not with this secret ({profile})\n"
        "  store what is good: keybound profile add NAME --replace …\n"
        "  a lost secret of the management client: keybound tenant new-secret",
        NOT_ALLOWED,
    )


def _details(details: Any) -> list[str]:
    """Say which members were refused, and which ids are unknown."""
    lines = []
    for each in details if isinstance(details, list) else []:
        for violation in each.get("field_violations", []):
            lines.append(f"{violation.get('field')}: {violation.get('description')}")
        for error in each.get("errors", []):
            lines.append(f"{error.get('Description')}: {', '.join(error.get('IDs', []))}")
    return lines


def _advice(answer: Answer, profile: str) -> str:
    if answer.status == 403:
        return (
            f"the client of {profile} may not do it: give its application the scope"
            " (allowed_scopes), or use another profile (--profile)"
        )
    if answer.status == 404:
        return f"realm and tenant are those of {profile}: look with `keybound realm list`"
    wait = answer.headers.get("retry-after", "")
    if answer.status == 429 and wait:
        return f"again in {wait} seconds"
    if answer.status == 503:
        return "nothing was decided: run it again"
    return ""
