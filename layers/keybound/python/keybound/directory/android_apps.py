"""Android apps by the certificates that they are signed with."""

import re
from collections.abc import Iterable, Iterator

from keybound.ceremonies.origins import ANDROID_PREFIX
from keybound.domain.authenticator_config import AndroidApp
from keybound.domain.encoding import b64url

FINGERPRINT = re.compile(r"[0-9A-F]{2}(?::[0-9A-F]{2}){31}\Z")


def is_fingerprint(text: str) -> bool:
    """Tell whether `text` is a SHA-256 fingerprint in capitals, as signing reports write it."""
    return FINGERPRINT.match(text) is not None


def origin_of(fingerprint: str) -> str:
    """Return the origin that ceremonies of an app signed so report: `android:apk-key-hash:…`."""
    return ANDROID_PREFIX + b64url(bytes.fromhex(fingerprint.replace(":", "")))


def origins_of(apps: Iterable[AndroidApp]) -> Iterator[str]:
    """Return the origins of all apps; malformed fingerprints are passed over."""
    for app in apps:
        for fingerprint in app.sha256_cert_fingerprints:
            if is_fingerprint(fingerprint):
                yield origin_of(fingerprint)
