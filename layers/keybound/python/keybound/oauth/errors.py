"""OAuth's error codes as classes; each carries the code its specification registers."""

from typing import ClassVar

from keybound.domain.application import CLIENT_ALGORITHMS
from keybound.domain.errors import PlatformError


class OAuthError(PlatformError):
    """Root of the OAuth family. RFC 6749 §4.1.2.1 and §5.2."""

    code: ClassVar[str] = "invalid_request"


class InvalidRequest(OAuthError):
    """A parameter is missing, repeated, malformed or out of bounds. RFC 6749 §5.2."""


class InvalidClient(OAuthError):
    """Client authentication failed. RFC 6749 §5.2: 401, with a challenge when Basic was tried."""

    code = "invalid_client"

    def __init__(
        self,
        description: str = "client authentication failed",
        *,
        challenge: str = "",
        detail: str = "",
    ) -> None:
        super().__init__(description, detail=detail)
        self.challenge = challenge


class InvalidGrant(OAuthError):
    """The code or refresh token is unknown, expired, used, or another client's. RFC 6749 §5.2."""

    code = "invalid_grant"


class UnauthorizedClient(OAuthError):
    """The client may not use this grant or response type. RFC 6749 §5.2."""

    code = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    """RFC 6749 §5.2."""

    code = "unsupported_grant_type"


class UnsupportedResponseType(OAuthError):
    """RFC 6749 §4.1.2.1."""

    code = "unsupported_response_type"


class InvalidScope(OAuthError):
    """The scope is unknown, malformed or not granted to the client. RFC 6749 §5.2."""

    code = "invalid_scope"


class AccessDenied(OAuthError):
    """The person or the server said no. RFC 6749 §4.1.2.1. One text for every refused passkey."""

    code = "access_denied"


class WrongCode(OAuthError):
    """A one-time password is not the one that was mailed, if any was. Another try may be right."""

    code = "invalid_one_time_password"

    def __init__(
        self, description: str = "the one-time password is not right", *, detail: str = ""
    ) -> None:
        super().__init__(description, detail=detail)


class LoginRequired(OAuthError):
    """prompt=none and nobody is signed in. OpenID Connect Core §3.1.2.6."""

    code = "login_required"


class RequestNotSupported(OAuthError):
    """The `request` parameter is not supported. OpenID Connect Core §3.1.2.6."""

    code = "request_not_supported"


class RequestUriNotSupported(OAuthError):
    """The `request_uri` parameter is not supported. OpenID Connect Core §3.1.2.6."""

    code = "request_uri_not_supported"


class InvalidRequestUri(OAuthError):
    """The `request_uri` is unknown, expired, used or another client's. RFC 9101 §7."""

    code = "invalid_request_uri"


class InvalidTarget(OAuthError):
    """A `resource` is malformed, or not one that tokens of this client are for. RFC 8707 §2."""

    code = "invalid_target"


class InvalidToken(OAuthError):
    """The access token is malformed, expired, revoked or another issuer's. RFC 6750 §3.1."""

    code = "invalid_token"

    def __init__(self, description: str = "the access token is not valid", *, detail: str = ""):
        super().__init__(description, detail=detail)
        self.challenge = f'Bearer error="{self.code}", error_description="{description}"'


class InsufficientScope(OAuthError):
    """The token is good and does not carry the scope that this call needs. RFC 6750 §3.1."""

    code = "insufficient_scope"

    def __init__(self, scope: str, *, detail: str = ""):
        super().__init__(f"this call needs the scope {scope}", detail=detail)
        self.challenge = f'Bearer error="{self.code}", scope="{scope}"'


class InvalidDpopProof(OAuthError):
    """A DPoP proof is missing, malformed, used, or for another request. RFC 9449 §5, §12.2."""

    code = "invalid_dpop_proof"

    def __init__(
        self, description: str = "the DPoP proof is missing or not valid", *, detail: str = ""
    ) -> None:
        super().__init__(description, detail=detail)


class UseDpopNonce(OAuthError):
    """A DPoP proof has no nonce of ours, or an old one. RFC 9449 §8.

    dpop_nonce: the one to use, which the answer carries in its header.
    """

    code = "use_dpop_nonce"

    def __init__(self, dpop_nonce: str) -> None:
        super().__init__("use the nonce of the DPoP-Nonce header in the DPoP proof")
        self.dpop_nonce = dpop_nonce


class InvalidProofForToken(InvalidDpopProof):
    """The proof beside an access token is not good for it. RFC 9449 §7.1."""

    def __init__(self, *, detail: str = "") -> None:
        super().__init__("the DPoP proof is missing or not valid", detail=detail)
        self.challenge = dpop_challenge(self.code)


class UseNonceForToken(UseDpopNonce):
    """The proof beside an access token needs a nonce. RFC 9449 §9."""

    def __init__(self, dpop_nonce: str) -> None:
        super().__init__(dpop_nonce)
        self.challenge = dpop_challenge(self.code)


class InvalidBoundToken(InvalidToken):
    """A token that came with the scheme DPoP, or should have, is not valid so. RFC 9449 §7.1."""

    def __init__(self, *, detail: str = "") -> None:
        super().__init__(detail=detail)
        self.challenge = dpop_challenge(self.code)


def dpop_challenge(error: str) -> str:
    """Return the challenge of a resource that takes DPoP-bound tokens."""
    return f'DPoP error="{error}", algs="{" ".join(CLIENT_ALGORITHMS)}"'


class RegistrationNotSupported(OAuthError):
    """The `registration` parameter is not supported. OpenID Connect Core §3.1.2.6."""

    code = "registration_not_supported"
