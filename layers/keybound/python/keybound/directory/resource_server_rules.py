"""What a resource server must be like, judged on the whole of it as it would be stored.

Sources: RFC 6749 §3.3 (scope tokens), RFC 9068 §2.2 and §4 (audiences), RFC 8707 §2.
"""

import re
from collections.abc import Iterator

from keybound.directory.application_rules import OPENID_SCOPES
from keybound.domain.application import ResourceServer
from keybound.domain.audience_form import is_on_host
from keybound.domain.errors import FieldViolation

IDENTIFIER = "resource_server.identifier"
SCOPES = "resource_server.scopes"
MAX_IDENTIFIER = 256
MAX_SCOPES = 1000
MAX_SCOPE_BYTES = 64 * 1024


FORM = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+\Z")
SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,256}\Z")


def violations(server: ResourceServer, our_base_urls: tuple[str, ...]) -> list[FieldViolation]:
    """Return every refused member, named as in a request body.

    our_base_urls: of both hosts, where tenants' audiences and applications' issuers are. No
    resource server may have an identifier that could be taken for one of them.
    """
    return [*_identifier(server.identifier, our_base_urls), *_scopes(server.scopes)]


def _identifier(identifier: str, our_base_urls: tuple[str, ...]) -> Iterator[FieldViolation]:
    if not identifier:
        yield FieldViolation(IDENTIFIER, "empty string")
    elif len(identifier) > MAX_IDENTIFIER:
        yield FieldViolation(IDENTIFIER, f"more than {MAX_IDENTIFIER} characters")
    elif not FORM.match(identifier):
        text = "must be printable ASCII without spaces, quotation marks and backslashes"
        yield FieldViolation(IDENTIFIER, text)
    elif any(is_on_host(identifier, base_url) for base_url in our_base_urls):
        yield FieldViolation(IDENTIFIER, "reserved: it is an address of this deployment")


def _scopes(scopes: tuple[str, ...]) -> Iterator[FieldViolation]:
    if len(scopes) > MAX_SCOPES:
        yield FieldViolation(SCOPES, f"array exceeds {MAX_SCOPES} elements")
        return
    if sum(map(len, scopes)) > MAX_SCOPE_BYTES:
        yield FieldViolation(SCOPES, f"longer than {MAX_SCOPE_BYTES // 1024} KiB altogether")
        return
    seen: set[str] = set()
    for index, scope in enumerate(scopes):
        name = f"{SCOPES}[{index}]"
        if scope in OPENID_SCOPES:
            yield FieldViolation(name, "reserved: it is about the person, not about an API")
        elif not SCOPE.match(scope):
            yield FieldViolation(name, "not a scope (RFC 6749 §3.3)")
        elif scope in seen:
            yield FieldViolation(name, "repeated")
        seen.add(scope)
