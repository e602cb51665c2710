"""Checks of one issuer: discovery in both places, published keys, a token that verifies."""

import base64
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
from keybound.domain.issuer import management_audience

from tools.cli.doctor.findings import Check, Failed, NotChecked
from tools.cli.doctor.hosts import MAX_SKEW_S, Hosts

_NEW_SECRET = "keybound tenant new-secret makes another one"


@dataclass(frozen=True)
class Client:
    """A management client. client_id is empty when none was given."""

    client_id: str = ""
    client_secret: str = ""


@dataclass(frozen=True)
class Issuer:
    """url: the managed application's issuer; empty when nobody said it. current_kids: ids of the
    keys that sign, from the table; None when the table is out of reach."""

    url: str
    hosts: Hosts
    client: Client
    current_kids: Callable[[], Collection[str]] | None = None
    _held: list[str] = field(default_factory=list, repr=False)

    def checks(self) -> list[Check]:
        return [
            Check("discovery", self.discovery),
            Check("discovery, RFC 8414 form", self.inserted_discovery),
            Check("published keys", self.keys),
            Check("CORS of the issuer", lambda: self.hosts.issuer_preflight(self._known())),
            Check("a signed token verifies", self.signed_token),
            Check("the management API takes it", self.management_call),
        ]

    def discovery(self) -> str:
        return self._metadata_at(f"{self._known()}/.well-known/openid-configuration")

    def inserted_discovery(self) -> str:
        parts = urlsplit(self._known())
        root = f"{parts.scheme}://{parts.netloc}"
        return self._metadata_at(f"{root}/.well-known/oauth-authorization-server{parts.path}")

    def keys(self) -> str:
        """Every key that signs must be there, else verifiers refuse its tokens."""
        published = self._published()
        if not published:
            raise Failed("no key is published", "run keybound bootstrap")
        missing = set(self.current_kids()) - set(published) if self.current_kids else set()
        if missing:
            raise Failed(
                f"the current key {', '.join(sorted(missing))} is not published",
                "wait for the functions' caches (at most 5 minutes); else compare the table names"
                " in the functions' environment",
            )
        kinds = sorted(str(key.get("alg", key.get("kty"))) for key in published.values())
        return f"{len(published)} ({', '.join(kinds)})"

    def signed_token(self) -> str:
        token = self._new_token()
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError as error:
            raise Failed("what came is no token", "the address leads elsewhere") from error
        self._held.append(token)
        key = self._published().get(str(header.get("kid")))
        if key is None:
            raise Failed(
                f"the token's key {header.get('kid')} is not published",
                "look at keybound keys status: a key must be published before it signs",
            )
        try:
            claims = jwt.decode(
                token,
                jwt.PyJWK(dict(key)).key,
                algorithms=[str(key.get("alg"))],
                audience=management_audience(self.hosts.api_base_url, self._tenant_id()),
                issuer=self.url,
                options={"verify_exp": False, "verify_iat": False, "require": ["iat"]},
            )
        except jwt.InvalidAudienceError as error:
            raise Failed(
                "the token is for another audience than this api base URL",
                "the tenant was made with another --api-base-url, which cannot change: serve"
                " the api host under that address",
            ) from error
        except jwt.PyJWTError as error:
            raise Failed(f"the token does not verify: {error}", "look at keybound keys") from error
        self._check_time(claims)
        return f"{header['alg']}, key {header['kid']}"

    def management_call(self) -> str:
        if not self._held:
            raise NotChecked("needs a token")
        url = f"{self.hosts.api_base_url}/v1/tenants/{self._tenant_id()}/realms"
        answer = self.hosts.exchange("GET", url, {"authorization": f"Bearer {self._held[-1]}"})
        if answer.status != 200:
            raise Failed(
                f"{answer.status} {answer.json().get('message', '')}".strip(),
                "compare the base URLs in the environment of both hosts' functions; the log of"
                " the function `realms` has the reason",
            )
        return f"{len(answer.listed('realms'))} realms"

    def _known(self) -> str:
        if not self.url:
            raise NotChecked("say --issuer, or run keybound bootstrap first")
        return self.url

    def _tenant_id(self) -> Any:
        return urlsplit(self.url).path.split("/")[3]

    def _metadata_at(self, url: str) -> str:
        answer = self.hosts.exchange("GET", url)
        if answer.status != 200:
            raise Failed(
                f"{answer.status} at {urlsplit(url).path}",
                "compare --issuer with what keybound bootstrap says; for 5xx look at the log of"
                " the function `discovery`",
            )
        said = answer.json().get("issuer")
        if said != self.url:
            raise Failed(
                f"it names the issuer {said}",
                f"clients will refuse it: KEYBOUND_AUTH_BASE_URL of the functions must be"
                f" {self.hosts.auth_base_url}, or this address is the wrong one",
            )
        return "the same issuer, to the letter"

    def _published(self) -> Mapping[str, Mapping[str, Any]]:
        answer = self.hosts.exchange("GET", f"{self._known()}/.well-known/jwks.json")
        if answer.status != 200:
            raise Failed(
                f"{answer.status} for the key set", "look at the log of the function `discovery`"
            )
        return {str(key.get("kid")): key for key in answer.listed("keys")}

    def _new_token(self) -> str:
        if not self.client.client_id:
            raise NotChecked("say --client-id and --client-secret")
        pair = f"{self.client.client_id}:{self.client.client_secret}".encode()
        headers = {
            "authorization": f"Basic {base64.b64encode(pair).decode()}",
            "content-type": "application/x-www-form-urlencoded",
        }
        body = urlencode({"grant_type": "client_credentials", "scope": "realms:read"}).encode()
        answer = self.hosts.exchange("POST", f"{self._known()}/token", headers, body)
        if answer.status != 200:
            raise _no_token(answer.status, str(answer.json().get("error", "")))
        return str(answer.json().get("access_token", ""))

    def _check_time(self, claims: Mapping[str, Any]) -> None:
        if not isinstance(claims["iat"], int):
            raise Failed("the token's iat is no number", "look at what stands in front")
        skew = round(self.hosts.now() - claims["iat"])
        if abs(skew) > MAX_SKEW_S:
            raise Failed(
                f"the token was signed {abs(skew)} s {'before' if skew > 0 else 'after'} now",
                "one clock is wrong: compare with the check of this machine's clock; if that one"
                " is right, the functions' time was moved",
            )


def _no_token(status: int, error: str) -> Failed:
    if error == "invalid_client":
        return Failed("the client is refused", f"correct id and secret; {_NEW_SECRET}")
    if status >= 500:
        return Failed(
            f"{status} {error}".strip(),
            "look at the log of the function `token`: it cannot sign, read its tables or unwrap"
            " its keys",
        )
    return Failed(f"{status} {error}".strip(), "compare --issuer with keybound bootstrap's words")
