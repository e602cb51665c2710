"""Limits of the management API, from the constants that enforce them. `docs/api.md` has the same
rows, and a test compares the two."""

from keybound.domain.binding_batch import MAX_QUEUED
from keybound.domain.binding_job import MAX_LINKS_A_MINUTE
from keybound.domain.group import MAX_MEMBERSHIPS, MAX_ROLE_GROUPS, MAX_ROLES
from keybound.domain.identity import MAX_ACTIVE_PASSKEYS
from keybound.edge.http import MAX_BODY_BYTES
from keybound.edge.json_body import MAX_DEPTH
from keybound.edge.paging import LONG_LIST, MAX_SKIP, SHORT_LIST, TOKEN_LIFETIME_S
from keybound.edge.text_lists import MAX_ELEMENTS

_DAY_S = 24 * 3600

LIMITS: tuple[tuple[str, str, str], ...] = (
    ("body", f"{MAX_BODY_BYTES // 1024} KiB", "413"),
    ("nesting inside it", f"{MAX_DEPTH} levels", "413"),
    ("ids or scopes in one call", f"{MAX_ELEMENTS:,}", "400"),
    (
        "page of identities, credentials, jobs, groups, roles, realms",
        f"{LONG_LIST.default}, at most {LONG_LIST.maximum}",
        "clamped",
    ),
    (
        "page of applications, tokens, configs, resource servers",
        f"{SHORT_LIST.default}, at most {SHORT_LIST.maximum}",
        "clamped",
    ),
    ("`skip`", f"{MAX_SKIP:,}", "400"),
    ("life of a `page_token`", f"{TOKEN_LIFETIME_S // _DAY_S} days", "400"),
    ("passkeys of an identity", f"{MAX_ACTIVE_PASSKEYS}", "409"),
    ("groups of an identity, and roles of its own", f"{MAX_MEMBERSHIPS} each", "409"),
    ("identities of a batch", f"{MAX_QUEUED:,}", "400"),
    ("identities of a realm that wait in batches", f"{MAX_QUEUED:,}", "429"),
    ("links of an identity in a minute, new and sent again", f"{MAX_LINKS_A_MINUTE}", "429"),
    ("roles of a resource server", f"{MAX_ROLES}", "409"),
    ("groups of a role", f"{MAX_ROLE_GROUPS:,}", "409"),
)
"""What is limited, to how much, and what answers more."""


def rows() -> list[str]:
    """Return the rows as Markdown."""
    return [f"| {what} | {limit} | {answer} |" for what, limit, answer in LIMITS]


def limits_table() -> str:
    return "\n".join(["| limit | | beyond it |", "|---|---|---|", *rows()])
