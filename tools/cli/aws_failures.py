"""Says what an operator can do when AWS refuses or does not answer."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import click
from botocore import exceptions as b
from keybound.domain.errors import BadRequest, PlatformError

from tools.cli.target import TargetError

_NOT_AUTHORIZED = re.compile(r"not authorized to perform: (\S+?)(?: on resource: (\S+))?(?:\s|$)")
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError")
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
_NOT_KNOWN = (
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "MissingAuthenticationToken",
)
_BUSY = ("Throttling", "ThrottlingException", "ProvisionedThroughputExceededException")
_NO_CREDENTIALS = (
    b.NoCredentialsError,
    b.PartialCredentialsError,
    b.CredentialRetrievalError,
    b.ProfileNotFound,
    b.TokenRetrievalError,
    b.SSOError,
)
_SIGN_IN = "give AWS credentials (AWS_PROFILE, or `aws sso login`, or AWS_ACCESS_KEY_ID and so on)"


@contextmanager
def explained() -> Iterator[None]:
    """Turn what AWS, or the product itself, refuses into one message without a traceback."""
    try:
        yield
    except (TargetError, PlatformError, b.ClientError, b.BotoCoreError) as error:
        raise click.ClickException(explain(error)) from error


def explain(error: BaseException) -> str:
    """Return what happened and what to do about it, on one line where that is enough."""
    if isinstance(error, TargetError):
        return str(error)  # says more than the call that failed
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, b.ClientError):
            return _refused(cause)
        if isinstance(cause, b.BotoCoreError):
            return _unreached(cause)
        cause = cause.__cause__
    if isinstance(error, BadRequest) and error.violations:
        return "; ".join(f"{each.field}: {each.description}" for each in error.violations)
    if isinstance(error, PlatformError):
        return f"{error.description}{f' ({error.detail})' if error.detail else ''}"
    return str(error)


def denied_permission(error: b.ClientError) -> str:
    """Return which action on which resource was denied, or an empty string if none was."""
    said = error.response.get("Error", {})
    if said.get("Code") not in _DENIED:
        return ""
    match = _NOT_AUTHORIZED.search(said.get("Message", ""))
    if match is None:
        return str(error.operation_name)
    action, resource = match[1], match[2]
    return f"{action} on {resource.rstrip('.')}" if resource else action


def _refused(error: b.ClientError) -> str:
    said = error.response.get("Error", {})
    code, message = said.get("Code", ""), said.get("Message", "")
    if permission := denied_permission(error):
        return f"AWS denies it: your credentials lack {permission}"
    if code in _EXPIRED:
        return f"the AWS credentials have expired: {_SIGN_IN}"
    if code in _NOT_KNOWN:
        return (
            f"AWS does not accept the credentials ({code}): {_SIGN_IN}; a clock that is more than"
            " five minutes wrong is refused too"
        )
    if code == "ResourceNotFoundException":
        return (
            f"a table does not exist here ({message}): deploy the state stack first"
            " (docs/deploy.md), or say --name, --stage and --region of the one you mean"
        )
    if code in ("DisabledException", "KMSInvalidStateException"):
        return f"a KMS key cannot be used ({message}): enable it, or cancel its deletion"
    if code in _BUSY:
        return f"AWS is throttling ({code}): run it again, nothing is done twice"
    return f"AWS refuses {error.operation_name}: {code} {message}"


def _unreached(error: b.BotoCoreError) -> str:
    if isinstance(error, _NO_CREDENTIALS):
        return f"no AWS credentials ({error}): {_SIGN_IN}"
    if isinstance(error, b.NoRegionError):
        return "no AWS region: say --region, or set AWS_REGION"
    return f"AWS cannot be reached: {error}; run it again, nothing is done twice"
