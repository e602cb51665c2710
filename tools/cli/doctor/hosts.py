"""Checks of both hosts over HTTP: reachable, themselves, on time, and open to browsers."""

import email.utils
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tools.cli.doctor.findings import Check, Failed
from tools.cli.doctor.http_client import Answer

Exchange = Callable[..., Answer]

MAX_SKEW_S = 30
STRANGER = "https://keybound-doctor.example"
_NOBODY = "0" * 16
_BINDING_PATH = (
    f"/v1/tenants/{_NOBODY}/realms/{_NOBODY}/identities/{_NOBODY}"
    f"/credential-binding-jobs/{_NOBODY}:beginBinding"
)
_OWN_CORS = (
    "something in front answers instead of the functions: the HTTP API must have no CORS"
    " configuration, and a CDN must pass OPTIONS, Origin and Access-Control-Request-*"
)


@dataclass(frozen=True)
class Hosts:
    """Both hosts. exchange: sends a request; now: epoch seconds; resolve: looks a name up."""

    auth_base_url: str
    api_base_url: str
    exchange: Exchange
    now: Callable[[], float]
    resolve: Callable[..., object] = socket.getaddrinfo

    def checks(self) -> list[Check]:
        named = (("auth", self.auth_base_url), ("api", self.api_base_url))
        return [
            *(Check(f"DNS of the {name} host", self._resolves(url)) for name, url in named),
            *(Check(f"{name} host answers", self._answers(url)) for name, url in named),
            Check("clock of this machine", self.clock),
            Check("CORS of binding links", self.binding_preflight),
            Check("401 of the api host", self.challenge),
        ]

    def _resolves(self, base_url: str) -> Callable[[], str]:
        def check() -> str:
            host = urlsplit(base_url).hostname or ""
            try:
                self.resolve(host, None)
            except (OSError, UnicodeError) as error:
                raise Failed(
                    f"{host} has no address",
                    f"point the DNS record of {host} to the stack's DomainTarget output,"
                    " or correct the base URL",
                ) from error
            return host

        return check

    def _answers(self, base_url: str) -> Callable[[], str]:
        """Our own 404 proves that the address leads to our `$default` room."""

        def check() -> str:
            answer = self.exchange("GET", f"{base_url}/keybound-doctor")
            if answer.status == 404 and answer.json().get("code") == "not_found":
                return base_url
            if answer.status >= 500:
                raise Failed(
                    f"{answer.status} for a path that does not exist",
                    "look at the log of the function `fallback`: it cannot start",
                )
            raise Failed(
                f"{answer.status} for a path that does not exist, and not in our words",
                "the address leads elsewhere: compare DNS, domain mapping and the stack's outputs",
            )

        return check

    def clock(self) -> str:
        """AWS refuses calls five minutes off; waits of a rotation are by this machine's clock."""
        answer = self.exchange("GET", f"{self.auth_base_url}/keybound-doctor")
        try:
            there = email.utils.parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
        except ValueError as error:
            raise Failed(
                "the auth host sends no Date", "look at what stands in front of it"
            ) from error
        skew = round(self.now() - there)
        if abs(skew) > MAX_SKEW_S:
            raise Failed(
                f"{abs(skew)} s {'ahead of' if skew > 0 else 'behind'} the auth host",
                "synchronise this machine's clock (NTP)",
            )
        return f"within {MAX_SKEW_S} s of the auth host's"

    def binding_preflight(self) -> str:
        """Every preflight of a binding path gets the same answer, without a look-up."""
        answer = self.preflight(f"{self.auth_base_url}{_BINDING_PATH}", "POST")
        allowed = answer.headers.get("access-control-allow-headers", "").lower().replace(" ", "")
        methods = answer.headers.get("access-control-allow-methods", "")
        lacking = {"authorization", "content-type"} - set(allowed.split(","))
        if answer.headers.get("access-control-allow-origin") != "*" or lacking:
            raise Failed(f"the preflight is answered {_told(answer)}", _OWN_CORS)
        if "POST" not in methods:
            raise Failed(f"the preflight allows {methods or 'no method'}", _OWN_CORS)
        return "preflights are ours"

    def preflight(self, url: str, method: str) -> Answer:
        """Ask as a browser on a foreign origin would. Raises Failed for what no policy of ours
        ever says."""
        headers = {
            "origin": STRANGER,
            "access-control-request-method": method,
            "access-control-request-headers": "authorization,content-type",
        }
        answer = self.exchange("OPTIONS", url, headers)
        if answer.status != 204 or "access-control-allow-credentials" in answer.headers:
            raise Failed(f"the preflight is answered {_told(answer)}", _OWN_CORS)
        return answer

    def issuer_preflight(self, issuer: str) -> str:
        """Anybody may read discovery; an unknown origin may not call the token endpoint."""
        public = self.preflight(f"{issuer}/.well-known/openid-configuration", "GET")
        if public.headers.get("access-control-allow-origin") != "*":
            raise Failed(f"discovery is closed to browsers: {_told(public)}", _OWN_CORS)
        closed = self.preflight(f"{issuer}/token", "POST")
        if "access-control-allow-origin" in closed.headers:
            raise Failed(
                "the token endpoint lets every origin in",
                _OWN_CORS,
            )
        return "discovery is open, the token endpoint is not"

    def challenge(self) -> str:
        """RFC 6750 §3: a 401 says what to send, in the header and, as API Gateway may rename that,
        in the body."""
        answer = self.exchange("GET", f"{self.api_base_url}/v1/tenants/{_NOBODY}/realms")
        if answer.status != 401:
            raise Failed(
                f"{answer.status} for a call without a token",
                "look at the log of the function `realms`"
                if answer.status >= 500
                else "the address leads elsewhere, or something in front answers: API Gateway's"
                " own authorizers must be off",
            )
        names = ("www-authenticate", "x-amzn-remapped-www-authenticate")
        carried = [name for name in names if answer.headers.get(name, "").startswith("Bearer")]
        said = [str(each.get("www_authenticate", "")) for each in answer.listed("details")]
        repeated = any(each.startswith("Bearer") for each in said)
        if not carried or not repeated:
            raise Failed(
                f"the challenge is missing in the {'body' if carried else 'header'}",
                "something in front rewrites answers: let it pass WWW-Authenticate and the body",
            )
        return f"says {carried[0]}: Bearer, and the body repeats it"


def _told(answer: Answer) -> str:
    origin = answer.headers.get("access-control-allow-origin", "no Allow-Origin")
    return f"{answer.status} with {origin}"
