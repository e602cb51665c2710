"""An authorization request that its client sent ahead (RFC 9126)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PushedRequest:
    """What is stored of it. Times are epoch seconds; 0 means "not yet".

    request_hash: SHA-256 of the secret in the `request_uri`; the item's key. sealed: the
    parameters. use_id: which sign-in used it, so that a repeated write knows itself.
    """

    request_hash: str
    client_id: str
    sealed: str
    expires_at: int
    put_id: str
    ttl: int
    used_at: int = 0
    use_id: str = ""
