"""Who may call the management API.

A token is accepted only if it is an access token (`typ` at+jwt, RFC 9068 §4) whose `iss` is exactly
an application of its tenant's admin realm that is bound to the managed resource server, whose `aud`
is that tenant's management audience, and which carries the scope. A scope that its application
has lost is gone, and so are a token that was ended by its id and that of a person who was suspended
or deleted. A good token of
another tenant sees what an unknown id shows: 404.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from keybound.domain.access_token import TokenName
from keybound.domain.application import CLIENT_CREDENTIALS, Application, ResourceServer
from keybound.domain.clock import Clock
from keybound.domain.errors import Forbidden, NotFound, Unauthorized
from keybound.domain.ids import (
    ApplicationId,
    IdentityId,
    RealmId,
    TenantId,
    is_hex_id,
)
from keybound.domain.issuer import issuer_url, management_audience
from keybound.domain.parallel import together
from keybound.domain.tenancy import RealmPath
from keybound.edge.http import Request
from keybound.edge.management_ports import DeniedTokens, Directory, People, Verifier
from keybound.edge.resource_metadata import with_metadata

CLOCK_SKEW_S = 5
OVER_PEOPLE = frozenset(
    {
        "identities:create",
        "identities:update",
        "credential-binding-jobs:create",
        "authenticator-configs:create",
        "authenticator-configs:update",
    }
)
"""Scopes that decide who can sign in to a realm, and where."""
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*\Z")
_ISSUER_PATH = re.compile(
    r"/v1/tenants/([0-9a-f]{16})/realms/([0-9a-f]{16})/applications/([0-9a-f-]{36})\Z"
)


@dataclass(frozen=True)
class Caller:
    """An authenticated caller of the management API."""

    tenant_id: TenantId
    principal: str
    scopes: frozenset[str]
    managed_scopes: frozenset[str]


@dataclass(frozen=True)
class ManagementAuth:
    """Checks management tokens."""

    verifier: Verifier
    directory: Directory
    people: People
    denied: DeniedTokens
    clock: Clock
    auth_base_url: str
    api_base_url: str

    def require(self, request: Request, *scopes: str, missing: NotFound) -> Caller:
        """Return the caller, who holds every scope of `scopes` in the tenant of the path.

        missing: what is raised for a good token of another tenant. Raises Unauthorized (RFC 6750
        §3.1: no error code when no token was sent), Forbidden (insufficient_scope), `missing`.
        Challenges name the metadata of this API.
        """
        with self.challenges(request):
            return self.admit(request, *scopes, missing=missing)

    @contextmanager
    def challenges(self, request: Request) -> Iterator[None]:
        """Let challenges raised in here name the metadata of this API (RFC 9728 §5.1)."""
        try:
            yield
        except (Unauthorized, Forbidden) as error:
            tenant_id = request.path.get("tenant_id", "")
            error.challenge = with_metadata(error.challenge, self.api_base_url, tenant_id)
            raise

    def admit(self, request: Request, *scopes: str, missing: NotFound) -> Caller:
        """The same for calls on another host, whose challenges do not speak of this API."""
        caller = self._caller(bearer_token(request))
        if caller.tenant_id != request.path.get("tenant_id"):
            raise missing
        lacking = [scope for scope in scopes if scope not in caller.scopes]
        if lacking:
            wanted = " ".join(scopes)
            raise Forbidden(
                f"this call needs the scope {wanted}",
                challenge=f'Bearer error="insufficient_scope", scope="{wanted}"',
            )
        self._check_admin_realm(request, caller, scopes)
        return caller

    def _check_admin_realm(self, request: Request, caller: Caller, scopes: tuple[str, ...]) -> None:
        """Whoever makes identities, links or configs in the admin realm can sign in there as an
        administrator, so a lesser token would raise itself."""
        realm_id = request.path.get("realm_id", "")
        if OVER_PEOPLE.isdisjoint(scopes) or caller.scopes >= caller.managed_scopes:
            return
        if not is_hex_id(realm_id):
            return
        realm = self.directory.find_realm(caller.tenant_id, RealmId(realm_id))
        if realm is not None and realm.is_admin:
            raise Forbidden("in the admin realm this call needs every management scope")

    def _caller(self, token: str) -> Caller:
        try:
            claims = self.verifier.verify(token, typ="at+jwt")
        except ValueError as error:
            raise _refused(str(error)) from error
        now = self.clock()
        if not _in_time(claims, now):
            raise _refused("expired or not yet valid")
        if "cnf" in claims:
            raise _refused("bound to a key, which is not asked for here")
        tenant_id, application, managed = self._managed_application(claims)
        if claims.get("tenant_id") != tenant_id:
            raise _refused("tenant_id differs from the issuer's")
        if not _is_audience(claims.get("aud"), management_audience(self.api_base_url, tenant_id)):
            raise _refused("another audience")
        self._check_still_good(application, claims)
        granted = frozenset(str(claims.get("scope", "")).split(" ")) - {""}
        scopes = frozenset(managed.scopes)
        held = granted & scopes & frozenset(application.allowed_scopes)
        return Caller(tenant_id, str(claims.get("sub", "")), held, scopes)

    def _managed_application(
        self, claims: Mapping[str, Any]
    ) -> tuple[TenantId, Application, ResourceServer]:
        issuer = claims.get("iss")
        path = issuer.removeprefix(self.auth_base_url) if isinstance(issuer, str) else ""
        match = _ISSUER_PATH.match(path)
        if match is None:
            raise _refused("not an issuer of this deployment")
        t, r, a = TenantId(match[1]), RealmId(match[2]), ApplicationId(match[3])
        if issuer != issuer_url(self.auth_base_url, t, r, a):
            raise _refused("not an issuer of this deployment")
        realm = self.directory.find_realm(t, r)
        application = self.directory.find_application(t, r, a)
        if realm is None or not realm.is_admin or application is None:
            raise _refused("issuer is not an application of an admin realm")
        server_id = application.resource_server_id
        server = self.directory.find_resource_server(t, r, server_id) if server_id else None
        if server is None or not server.is_managed:
            raise _refused("application is not bound to the managed resource server")
        return t, application, server

    def _check_still_good(self, application: Application, claims: Mapping[str, Any]) -> None:
        """Ask at once whether the token was ended and whether its person still stands."""
        t, r = application.tenant_id, application.realm_id
        name = TokenName(t, r, application.id, str(claims.get("jti", "")))
        calls: list[Callable[[], Any]] = [lambda: self.denied.is_denied(name)]
        if claims.get("sub") != application.client_id:
            calls.append(lambda: self._check_person(application, claims))
        elif CLIENT_CREDENTIALS not in application.grant_types:  # the client (RFC 9068 §2.2)
            raise _refused("the client may have no tokens of its own any more")
        if together(*calls)[0]:
            raise _refused("the token was ended")

    def _check_person(self, application: Application, claims: Mapping[str, Any]) -> None:
        """A person's token ends with the person's standing, not only with its time: with a
        suspension, also one that was lifted since, and with the passkey that brought it. It must
        name the identity by its id, since no other subject leads to one."""
        subject = str(claims.get("sub", ""))
        path = RealmPath(application.tenant_id, application.realm_id)
        person = None
        if application.subject_field == "id" and is_hex_id(subject):
            person = self.people.find(path, IdentityId(subject))
        if person is None or not person.is_active:
            raise _refused("not an active identity of the admin realm")
        if claims.get("session_epoch") != person.session_epoch:
            raise _refused("the person was suspended since")
        if claims.get("credential_id") not in {passkey.id for passkey in person.passkeys}:
            raise _refused("the passkey of this sign-in is no longer active")


def bearer_token(request: Request) -> str:
    """Return the token of `Authorization: Bearer …` (RFC 6750 §2.1; the scheme in any case).

    Raises Unauthorized: without an error code when no credentials were sent.
    """
    header = request.header("authorization")
    if not header:
        raise Unauthorized("a bearer token is required", challenge="Bearer")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not _TOKEN.match(token.strip(" ")):
        raise _refused("malformed Authorization header")
    return token.strip(" ")


def _refused(detail: str) -> Unauthorized:
    text = "the access token is not valid"
    challenge = f'Bearer error="invalid_token", error_description="{text}"'
    return Unauthorized(text, challenge=challenge, detail=detail)


def _in_time(claims: Mapping[str, Any], now: int) -> bool:
    expires, issued = claims.get("exp"), claims.get("iat")
    if not isinstance(expires, int) or not isinstance(issued, int):
        return False
    return issued - CLOCK_SKEW_S <= now < expires


def _is_audience(found: object, expected: str) -> bool:
    return found == expected or found == [expected]
