"""What an authenticator config must be like, judged on the whole of it as it would be stored."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from keybound.ceremonies.origins import InvalidOrigin, parse_expected_origin
from keybound.directory.relying_party_file_rules import CONFIG, FILE_CHECKS
from keybound.directory.relying_party_id import LOCALHOST, refusal, web_hosts
from keybound.domain import authenticator_config as c
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.errors import FieldViolation

RELYING_PARTY_ID = f"{CONFIG}.relying_party_id"
_SOURCES = tuple(
    f"{CONFIG}.{name}"
    for name in ("invoke_url", "trusted_origins", "related_origins", "android_apps")
)
_DERIVED = (f"{CONFIG}.expected_origins", RELYING_PARTY_ID)
MAX_ORIGINS = 50
MAX_METHODS = 10
MAX_INVOKE_URL = 1024

_LATER_TYPES = ("hosted_web", "console", "platform")
INVOCATION_TYPES = (c.AUTOMATIC, c.MANUAL)
METHODS = (c.WEBAUTHN_PASSKEY, c.SOFTWARE_PASSKEY, c.EMAIL_ONE_TIME_PASSWORD)
_URL = re.compile(r"([a-z][a-z0-9+.-]*)://([\x21-\x7e]*)\Z")
_FOREIGN = re.compile(r"[\\\"<>^`{|}*]")
_DOT_SEGMENT = re.compile(r"(?:\A|/)(\.|%2e){1,2}(?=/|\Z)", re.IGNORECASE)
#: Schemes that browsers or systems act on themselves; a link to them is no link to an app.
_FOREIGN_SCHEMES = re.compile(
    "about|blob|chrome|content|data|file|filesystem|ftp|geo|intent|jar|javascript|mailto|market"
    "|resource|sms|tel|vbscript|view-source|ws|wss"
)

Violations = Iterator[FieldViolation]


def violations(config: AuthenticatorConfig) -> list[FieldViolation]:
    """Return every refused member, named as in a request body; of a type that does not exist
    nothing more can be said."""
    wrong_type = list(check_type(config))
    return wrong_type or _causes([violation for check in CHECKS for violation in check(config)])


def _causes(found: list[FieldViolation]) -> list[FieldViolation]:
    """Leave out what may only be wrong because it was derived from a member that is."""
    causes = [each for each in found if not each.field.startswith(_DERIVED)]
    return causes if any(each.field.startswith(_SOURCES) for each in causes) else found


def check_type(config: AuthenticatorConfig) -> Violations:
    if config.type in _LATER_TYPES:
        yield _refused("type", f"{config.type} is not available yet: use {c.EMBEDDED}")
    elif config.type != c.EMBEDDED:
        yield _refused("type", f"must be {c.EMBEDDED}")


def check_invocation_type(config: AuthenticatorConfig) -> Violations:
    if config.invocation_type not in INVOCATION_TYPES:
        yield _refused("invocation_type", f"must be {c.AUTOMATIC} or {c.MANUAL}")


def check_invoke_url(config: AuthenticatorConfig) -> Violations:
    reason = invoke_url_refusal(config.invoke_url) if config.invoke_url else "missing"
    if reason:
        yield _refused("invoke_url", reason)


def check_methods(config: AuthenticatorConfig) -> Violations:
    methods = config.authentication_methods
    if not methods:
        yield _refused("authentication_methods", "must not be empty")
    if len(methods) > MAX_METHODS:
        yield _refused("authentication_methods", f"more than {MAX_METHODS}")
        return
    for index, method in enumerate(methods):
        name = f"authentication_methods[{index}].type"
        if method not in METHODS:
            yield _refused(name, f"must be {' or '.join(METHODS)}")
        if method in methods[:index]:
            yield _refused(name, "repeated")


def check_additional_passkey_policy(config: AuthenticatorConfig) -> Violations:
    if config.additional_passkey_policy not in c.ADDITIONAL_PASSKEY_POLICIES:
        text = f"must be {' or '.join(c.ADDITIONAL_PASSKEY_POLICIES)}"
        yield _refused("additional_passkey_policy", text)


def check_trusted_origins(config: AuthenticatorConfig) -> Violations:
    yield from _check_origins("trusted_origins", config.trusted_origins, android=False)


def check_expected_origins(config: AuthenticatorConfig) -> Violations:
    yield from _check_origins("expected_origins", config.expected_origins, android=True)


def check_relying_party_id(config: AuthenticatorConfig) -> Violations:
    if not config.relying_party_id:
        text = "missing: it cannot be derived, since there is no domain that all web origins share"
        yield FieldViolation(RELYING_PARTY_ID, text)
        return
    if not config.expected_origins:
        yield _refused("expected_origins", "must not be empty")
    own = [each for each in config.expected_origins if each not in config.related_origins]
    reason = refusal(config.relying_party_id, web_hosts(own))
    if reason:
        yield FieldViolation(RELYING_PARTY_ID, reason)


CHECKS = (
    check_invocation_type,
    check_invoke_url,
    check_methods,
    check_additional_passkey_policy,
    check_trusted_origins,
    check_expected_origins,
    check_relying_party_id,
    *FILE_CHECKS,
)


def invoke_url_refusal(invoke_url: str) -> str:
    """Return why a URL (its trailing slash dropped) is none to invoke, or an empty string."""
    match = _URL.match(invoke_url)
    if len(invoke_url) > MAX_INVOKE_URL:
        return f"longer than {MAX_INVOKE_URL} characters"
    if match is None or _FOREIGN.search(invoke_url):
        return "must be https://host[:port][/path], or an app scheme such as myapp://"
    scheme, rest = match.groups()
    if "?" in rest or "#" in rest:
        return "must have no query and no fragment"
    if "@" in rest.partition("/")[0]:
        return "must have no user information"
    if _DOT_SEGMENT.search(rest):
        return "must have no dot segments"
    if scheme in ("https", "http"):
        return _web_refusal(invoke_url)
    return "this scheme belongs to no app" if _FOREIGN_SCHEMES.fullmatch(scheme) else ""


def _web_refusal(invoke_url: str) -> str:
    parts = urlsplit(invoke_url)
    try:
        parse_expected_origin(f"{parts.scheme}://{parts.netloc}")
    except InvalidOrigin as error:
        return str(error)
    if parts.scheme == "http" and parts.hostname != LOCALHOST:
        return "http is for localhost only"
    return ""


def _check_origins(member: str, origins: tuple[str, ...], *, android: bool) -> Violations:
    if len(origins) > MAX_ORIGINS:
        yield _refused(member, f"more than {MAX_ORIGINS}")
        return
    for index, origin in enumerate(origins):
        name = f"{member}[{index}]"
        reason = _origin_refusal(origin, android=android)
        if reason:
            yield _refused(name, reason)
        if origin in origins[:index]:
            yield _refused(name, "repeated")


def _origin_refusal(origin: str, *, android: bool) -> str:
    if origin.startswith("android:") and not android:
        return "must be scheme://host[:port]"
    try:
        parse_expected_origin(origin)
    except InvalidOrigin as error:
        return str(error)
    return ""


def _refused(member: str, description: str) -> FieldViolation:
    return FieldViolation(f"{CONFIG}.{member}", description)
