"""Sealing keys: data keys, one purpose each, kept wrapped by a KMS key.

Purposes: `request` (authorization requests on their way through the browser), `binding`
(registration ceremonies), `page` (page tokens), `otp`, `derive` (secrets that may have to be said
again), `locator` (what codes and tokens carry to find their login).
"""

from dataclasses import dataclass

PURPOSES = ("request", "binding", "page", "otp", "derive", "locator")


@dataclass(frozen=True)
class WrappedKey:
    """One version of a purpose's key. kid: 8 hex digits. wrapped: KMS ciphertext.

    active_from: epoch seconds; the newest active version seals, every stored one opens. It lies
    in the future when a key is added, so that every room has read it before it is used.
    """

    purpose: str
    kid: str
    wrapped: bytes
    active_from: int
