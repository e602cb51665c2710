"""The family of errors that a caller may see.

PlatformError
├── BadRequest              400 bad_request            malformed or invalid input; lists fields
├── Unauthorized            401 unauthorized           no, expired or foreign credentials
├── Forbidden               403 forbidden              known caller, not allowed
├── NotFound                404 not_found              unknown id, or one of another tenant or realm
├── MethodNotAllowed        405 method_not_allowed
├── Conflict                409 conflict               clashes with what is stored
├── Gone                    410 gone                   a link that was spent, revoked or has expired
├── PreconditionFailed      412 precondition_failed    If-Match names another version
├── PayloadTooLarge         413 payload_too_large
├── UnprocessableEntity     422 unprocessable_entity   well formed, cannot be carried out
├── TooManyRequests         429 too_many_requests
├── Unavailable             503 service_unavailable    a dependency failed; trying again is safe
├── CeremonyRefused         (keybound.ceremonies.errors) a WebAuthn step failed
└── OAuthError              (keybound.oauth.errors)      the codes of RFC 6749 and its relatives

Each error speaks with three voices: `code` is the contract, `description` is safe to show to the
caller, `detail` goes to the log only. `keybound.edge.errors` maps classes to status codes.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldViolation:
    """One refused member of a request body; `field` is dotted, wrapper included."""

    field: str
    description: str


class PlatformError(Exception):
    """Root of everything that is answered on purpose."""

    code: ClassVar[str] = "internal_server_error"

    def __init__(self, description: str, *, detail: str = "") -> None:
        super().__init__(description)
        self.description = description
        self.detail = detail


class BadRequest(PlatformError):
    """The request cannot be understood, or some of its members are refused."""

    code = "bad_request"

    def __init__(
        self,
        description: str = "invalid parameters",
        *,
        violations: tuple[FieldViolation, ...] = (),
        detail: str = "",
    ) -> None:
        super().__init__(description, detail=detail)
        self.violations = violations


def refuse_field(field: str, description: str) -> BadRequest:
    """Return the error for one refused member, ready to raise."""
    return BadRequest(violations=(FieldViolation(field, description),))


class Unauthorized(PlatformError):
    """No credentials, or none that are worth anything here (RFC 6750 §3.1)."""

    code = "unauthorized"

    def __init__(
        self, description: str = "unauthorized", *, challenge: str = "Bearer", detail: str = ""
    ) -> None:
        super().__init__(description, detail=detail)
        self.challenge = challenge


class Forbidden(PlatformError):
    """The caller is known and may not do this."""

    code = "forbidden"

    def __init__(
        self, description: str = "forbidden", *, challenge: str = "", detail: str = ""
    ) -> None:
        super().__init__(description, detail=detail)
        self.challenge = challenge


@dataclass(frozen=True)
class ResourceInfo:
    """Names the resource an error is about."""

    resource_type: str
    id: str
    description: str


class NotFound(PlatformError):
    """The resource does not exist for this caller; foreign and unknown ids look the same."""

    code = "not_found"

    def __init__(
        self, resource_type: str = "Resource", resource_id: str = "", *, detail: str = ""
    ) -> None:
        super().__init__(f"{_spaced(resource_type)} not found", detail=detail)
        self.resource = ResourceInfo(resource_type, resource_id, "not found")


class BatchNotFound(NotFound):
    """Some resources of a batch do not exist for this caller; nothing of the batch was done."""

    def __init__(self, resource_type: str, ids: tuple[str, ...]) -> None:
        super().__init__(resource_type)
        self.ids = ids


class MethodNotAllowed(PlatformError):
    """The path exists, the method does not (RFC 9110 §15.5.6)."""

    code = "method_not_allowed"

    def __init__(self, allow: tuple[str, ...]) -> None:
        super().__init__("method not allowed")
        self.allow = allow


class Conflict(PlatformError):
    """The change clashes with what is stored."""

    code = "conflict"


class Gone(PlatformError):
    """A link that once worked: spent, revoked or expired. Only for holders of the right token."""

    code = "gone"


class PreconditionFailed(PlatformError):
    """What is stored is not what the caller has seen (RFC 9110 §13.1)."""

    code = "precondition_failed"

    def __init__(self, *, detail: str = "") -> None:
        super().__init__("it has changed since it was read: read it again", detail=detail)


class PayloadTooLarge(PlatformError):
    """A body, or the nesting inside it, is over the limit."""

    code = "payload_too_large"


class UnprocessableEntity(PlatformError):
    """Well formed, yet it cannot be carried out for this resource."""

    code = "unprocessable_entity"

    def __init__(self, description: str, *, resource: ResourceInfo, detail: str = "") -> None:
        super().__init__(description, detail=detail)
        self.resource = resource


class TooManyRequests(PlatformError):
    """A limit was reached; `retry_after_s` says when to come back."""

    code = "too_many_requests"

    def __init__(self, description: str, *, retry_after_s: int, detail: str = "") -> None:
        super().__init__(description, detail=detail)
        self.retry_after_s = retry_after_s


class Unavailable(PlatformError):
    """A dependency failed or gave no answer. The request may be sent again as it was."""

    code = "service_unavailable"
    retry_after_s = 1

    def __init__(
        self, description: str = "temporarily unavailable, try again", *, detail: str = ""
    ) -> None:
        super().__init__(description, detail=detail)


def _spaced(resource_type: str) -> str:
    """`CredentialBindingJob` → `credential binding job`."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in resource_type).strip()
