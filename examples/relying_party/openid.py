"""One OpenID Connect client: code flow with state, nonce and PKCE (OIDC Core §3.1, RFC 7636).

Authlib does the protocol. What it leaves to its user is here: the issuer is the one from the
settings, the ID token must be there and be ours, and the answer's `iss` is compared (RFC 9207).
"""

import threading
from dataclasses import dataclass
from typing import Any

from flask import current_app

from examples.relying_party.failures import Failure, ServiceUnreachable
from examples.relying_party.settings import Application

SCOPE = "openid profile email"
TIMEOUT_S = 10
CLOCK_SKEW_S = 30


class SignInRefused(Failure):
    """The answer is not one that signs anybody in."""

    def __init__(self) -> None:
        super().__init__(
            400,
            "This sign-in could not be completed",
            "It may have taken too long, or was completed already. Please sign in again.",
            action="Sign in again",
        )


@dataclass(frozen=True)
class Begun:
    """What has to be remembered, on the server, until the answer comes."""

    state: str
    nonce: str
    code_verifier: str


class OpenIdClient:
    """Signs people in at one application's issuer."""

    def __init__(self, application: Application, callback_url: str) -> None:
        self._application = application
        self._callback_url = callback_url
        self._lock = threading.Lock()
        self._client: Any = None

    def begin(self, **parameters: str | int) -> tuple[str, Begun]:
        """Return the authorize URL and what to remember. Raises ServiceUnreachable.

        parameters: further ones of an authentication request, such as `prompt`.
        """
        from requests import RequestException

        try:
            made = self._ready().create_authorization_url(self._callback_url, **parameters)
        except RequestException as error:
            raise ServiceUnreachable from error
        return made["url"], Begun(made["state"], made["nonce"], made["code_verifier"])

    def finish(self, answer: dict[str, str], begun: Begun) -> tuple[dict[str, Any], str]:
        """Redeem the code of an answer to the callback and return the ID token's claims, with it.

        Raises SignInRefused, ServiceUnreachable.
        """
        from authlib.common.errors import AuthlibBaseError
        from joserfc.errors import JoseError
        from requests import RequestException

        if not self.answered_by_our_issuer(answer):
            raise SignInRefused
        try:
            client = self._ready()
            token = client.fetch_access_token(
                redirect_uri=self._callback_url,
                code=answer.get("code", ""),
                code_verifier=begun.code_verifier,
            )
            claims = client.parse_id_token(
                token, nonce=begun.nonce, claims_options=self._expected(), leeway=CLOCK_SKEW_S
            )
        except RequestException as error:
            raise ServiceUnreachable from error
        except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as error:
            raise SignInRefused from error
        if not claims:  # Authlib takes an answer without an ID token for plain OAuth
            raise SignInRefused
        # The access token ends here: nothing of this application calls an API in the person's
        # name. The ID token is kept, to show the service that its owner has just signed in.
        return dict(claims), str(token["id_token"])

    @property
    def issuer(self) -> str:
        return self._application.issuer

    def answered_by_our_issuer(self, answer: dict[str, str]) -> bool:
        """Whether `iss` names our issuer: another's answer cannot pass for it (RFC 9207)."""
        return answer.get("iss") == self._application.issuer

    def _expected(self) -> dict[str, dict[str, Any]]:
        return {
            "iss": {"essential": True, "value": self._application.issuer},
            "aud": {"essential": True, "value": self._application.client_id},
            "exp": {"essential": True},
        }

    def _ready(self) -> Any:
        """Return the Authlib client, with the issuer's discovery document loaded."""
        with self._lock:
            if self._client is None:
                self._client = self._discovered()
            return self._client

    def _discovered(self) -> Any:
        from authlib.integrations.flask_client import OAuth  # slow to import: at first need

        issuer = self._application.issuer
        registry = OAuth(current_app)
        registry.register(
            "keybound",
            client_id=self._application.client_id,
            client_secret=self._application.client_secret,
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": SCOPE,
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": "client_secret_basic",
                "default_timeout": TIMEOUT_S,
            },
        )
        client = registry.create_client("keybound")
        if client.load_server_metadata().get("issuer") != issuer:  # OIDC Discovery §4.3
            raise SignInRefused
        return client
