"""The public keys of clients: judged when they are registered, fetched when they are published.

Sources: RFC 7517 §5; OpenID Connect Core §10.1 (`jwks_uri`, rotation by unknown `kid`).
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

from keybound.domain.application import Application
from keybound.domain.clock import Clock
from keybound.signing.foreign_jws import MEMBERS, algorithms, may_sign, public_key

MAX_KEYS = 10
MAX_KID = 255
MAX_PUBLISHED = 50
FRESH_S = 300
REFETCH_S = 60
MAX_URIS = 128

Jwk = Mapping[str, Any]
Fetch = Callable[[str], bytes]
"""Returns what is behind an https URL, bounded in time and size. Raises ValueError."""


def public_key_set(jwks: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JWK Set as it is stored: 1 to 10 public signing keys, known members only.

    Raises ValueError whose text names the key and what is wrong with it.
    """
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not 0 < len(keys) <= MAX_KEYS:
        raise ValueError(f"keys must be an array of 1 to {MAX_KEYS} keys")
    found: list[dict[str, Any]] = []
    for index, jwk in enumerate(keys):
        try:
            found.append(_registered(jwk))
        except ValueError as error:
            raise ValueError(f"keys[{index}] {error}") from error
    kids = [jwk["kid"] for jwk in found if "kid" in jwk]
    if len(set(kids)) != len(kids):
        raise ValueError("keys have the same kid")
    return {"keys": found}


def _registered(jwk: object) -> dict[str, Any]:
    if not isinstance(jwk, dict):
        raise ValueError("is no object")
    possible = algorithms(public_key(jwk))
    kid = jwk.get("kid", "")
    if not isinstance(kid, str) or len(kid) > MAX_KID:
        raise ValueError(f"kid must be a string of at most {MAX_KID} characters")
    if not any(may_sign(jwk, alg) for alg in possible):
        raise ValueError(f"does not sign with {' or '.join(possible)} by its use, key_ops or alg")
    kept = (*MEMBERS[jwk["kty"]], "kid", "use", "alg")
    return {name: jwk[name] for name in kept if jwk.get(name)}


@dataclass(frozen=True)
class _Fetched:
    """at: when it was asked for last, whatever came of it. until: when the keys, if any, have been
    kept for their time."""

    at: int
    until: int
    keys: tuple[Jwk, ...]


class KnownClientKeys:
    """Satisfies `keybound.oauth.ports_keys.ClientKeys`.

    A set behind a `jwks_uri` is kept for 300 seconds and never served past them. An unknown `kid`,
    and a failure, ask again after 60 seconds at the earliest, so that no number of assertions can
    hammer whoever publishes the keys. Such a failure takes no key away before its time, or anybody
    could lock a client out by asking while its server is slow.
    """

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._sets: OrderedDict[str, _Fetched] = OrderedDict()
        self._lock = Lock()

    def find(self, application: Application, kid: str) -> Sequence[Jwk]:
        if application.jwks is not None:
            return _named(application.jwks["keys"], kid)
        return self._published(application.jwks_uri, kid) if application.jwks_uri else ()

    def _published(self, uri: str, kid: str) -> Sequence[Jwk]:
        with self._lock:
            now = self._clock()
            known = self._sets.get(uri, _Fetched(now - REFETCH_S, now, ()))
            kept = known.keys if now < known.until else ()
            found = _named(kept, kid)
            if found or now - known.at < REFETCH_S:
                return found
            keys = self._read(uri)
            until = known.until if keys is None else now + FRESH_S
            self._sets[uri] = _Fetched(now, until, kept if keys is None else keys)
            self._sets.move_to_end(uri)
            if len(self._sets) > MAX_URIS:
                self._sets.popitem(last=False)
            return _named(self._sets[uri].keys, kid)

    def _read(self, uri: str) -> tuple[Jwk, ...] | None:
        """Keys that cannot sign here are passed over: a set may hold keys for other uses. None when
        there was no set to read."""
        try:
            content = json.loads(self._fetch(uri))
        except (ValueError, RecursionError):
            return None
        keys = content.get("keys") if isinstance(content, dict) else None
        return tuple(_usable(keys[:MAX_PUBLISHED])) if isinstance(keys, list) else None


def _usable(keys: Sequence[object]) -> Iterator[Jwk]:
    for jwk in keys:
        with suppress(ValueError):
            yield _registered(jwk)


def _named(keys: Sequence[Jwk], kid: str) -> Sequence[Jwk]:
    """A key without a name may be any; so may every key when none is asked for."""
    return tuple(jwk for jwk in keys if not kid or jwk.get("kid", kid) == kid)
