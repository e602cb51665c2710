"""Proof Key for Code Exchange, S256 only (RFC 7636, RFC 9700 §2.1.1)."""

import hashlib
import re

from keybound.domain.encoding import b64url

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}\Z")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}\Z")


def is_code_verifier(text: str) -> bool:
    """Whether `text` has a verifier's form: 43 to 128 unreserved characters (RFC 7636 §4.1)."""
    return bool(_VERIFIER.match(text))


def is_code_challenge(text: str) -> bool:
    """Whether `text` has the form of an S256 challenge: 43 base64url characters (§4.2)."""
    return bool(_CHALLENGE.match(text))


def s256_challenge(code_verifier: str) -> str:
    """Return the S256 code_challenge: unpadded base64url of SHA-256 (43 characters).

    code_verifier: checked by `is_code_verifier`. Source: RFC 7636 §4.2, vector in Appendix B.
    """
    return b64url(hashlib.sha256(code_verifier.encode("ascii")).digest())
