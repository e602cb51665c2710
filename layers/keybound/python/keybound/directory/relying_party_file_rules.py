"""What the members behind the well-known files of a relying party must be like.

They loosen what browsers and systems let pass, so they are judged together with the members that
ceremonies are judged by: nothing is announced to a browser that the service would then refuse.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from keybound.ceremonies.origins import (
    InvalidOrigin,
    WebOrigin,
    is_registrable_suffix_or_equal,
    parse_expected_origin,
)
from keybound.directory.android_apps import is_fingerprint, origin_of
from keybound.directory.relying_party_id import LOCALHOST, registrable_label
from keybound.domain.authenticator_config import AndroidApp, AuthenticatorConfig
from keybound.domain.errors import FieldViolation

CONFIG = "authenticator_config.config"
MAX_RELATED = 50
MAX_LABELS = 5
MAX_APPS = 20
MAX_FINGERPRINTS = 10
MAX_APP_ID = 255
MAX_URL = 1024

PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)+\Z")
APPLE = re.compile(r"[A-Z0-9]{10}\.[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\Z")
URL = re.compile(r"https?://[\x21-\x7e]+\Z")
_NOT_EXPECTED = "must be among expected_origins too, or its ceremonies would be refused"

Violations = Iterator[FieldViolation]


def check_related_origins(config: AuthenticatorConfig) -> Violations:
    """WebAuthn L3 §5.11: https, a registrable domain, and few enough names for every client."""
    related = config.related_origins
    if len(related) > MAX_RELATED:
        yield _refused("related_origins", f"more than {MAX_RELATED}")
        return
    for index, origin in enumerate(related):
        name = f"related_origins[{index}]"
        if reason := _related_refusal(origin):
            yield _refused(name, reason)
        elif origin not in config.expected_origins:
            yield _refused(name, _NOT_EXPECTED)
        if origin in related[:index]:
            yield _refused(name, "repeated")
    if len({registrable_label(urlsplit(origin).hostname or "") for origin in related}) > MAX_LABELS:
        text = f"more than {MAX_LABELS} different names, which browsers need not look through"
        yield _refused("related_origins", text)


def check_android_apps(config: AuthenticatorConfig) -> Violations:
    if len(config.android_apps) > MAX_APPS:
        yield _refused("android_apps", f"more than {MAX_APPS}")
        return
    for index, app in enumerate(config.android_apps):
        yield from _check_app(config, f"android_apps[{index}]", app)
        if app.package_name in [each.package_name for each in config.android_apps[:index]]:
            yield _refused(f"android_apps[{index}].package_name", "repeated")


def check_apple_app_ids(config: AuthenticatorConfig) -> Violations:
    if len(config.apple_app_ids) > MAX_APPS:
        yield _refused("apple_app_ids", f"more than {MAX_APPS}")
        return
    for index, app_id in enumerate(config.apple_app_ids):
        if len(app_id) > MAX_APP_ID or not APPLE.match(app_id):
            yield _refused(f"apple_app_ids[{index}]", "must be TEAMID.bundle.identifier")
        if app_id in config.apple_app_ids[:index]:
            yield _refused(f"apple_app_ids[{index}]", "repeated")


def check_passkey_pages(config: AuthenticatorConfig) -> Violations:
    pages = {
        "passkey_enroll_url": config.passkey_enroll_url,
        "passkey_manage_url": config.passkey_manage_url,
    }
    for name, url in pages.items():
        if url and (reason := _page_refusal(url, config.relying_party_id)):
            yield _refused(name, reason)


FILE_CHECKS = (
    check_related_origins,
    check_android_apps,
    check_apple_app_ids,
    check_passkey_pages,
)


def _related_refusal(text: str) -> str:
    try:
        origin = parse_expected_origin(text)
    except InvalidOrigin as error:
        return str(error)
    if not isinstance(origin, WebOrigin) or origin.scheme != "https":
        return "must be an https origin"
    return "" if registrable_label(origin.host) else "must be on a domain that can be registered"


def _check_app(config: AuthenticatorConfig, name: str, app: AndroidApp) -> Violations:
    if len(app.package_name) > MAX_APP_ID or not PACKAGE.match(app.package_name):
        yield _refused(f"{name}.package_name", "must be a package name such as com.example.app")
    fingerprints = app.sha256_cert_fingerprints
    if not 1 <= len(fingerprints) <= MAX_FINGERPRINTS:
        text = f"must be 1 to {MAX_FINGERPRINTS}"
        yield _refused(f"{name}.sha256_cert_fingerprints", text)
        return
    for index, fingerprint in enumerate(fingerprints):
        member = f"{name}.sha256_cert_fingerprints[{index}]"
        if not is_fingerprint(fingerprint):
            yield _refused(member, "must be 32 bytes as AB:CD:…, in capitals")
        elif origin_of(fingerprint) not in config.expected_origins:
            yield _refused(member, f"{origin_of(fingerprint)} {_NOT_EXPECTED}")


def _page_refusal(url: str, rp_id: str) -> str:
    if len(url) > MAX_URL or not URL.match(url):
        return f"must be an https URL of at most {MAX_URL} characters"
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.username is not None or parts.fragment:
        return "must have no user information and no fragment"
    if parts.scheme == "http" and host != LOCALHOST:
        return "http is for localhost only"
    if not is_registrable_suffix_or_equal(host, rp_id):
        return "must be on the domain of the relying party"
    return ""


def _refused(member: str, description: str) -> FieldViolation:
    return FieldViolation(f"{CONFIG}.{member}", description)
