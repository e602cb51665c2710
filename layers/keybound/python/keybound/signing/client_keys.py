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
    """at: when it was asked for, whatever came of it. keys: empty when nothing did."""

    at: int
    keys: tuple[Jwk, ...]


class KnownClientKeys:
    """Satisfies `keybound.oauth.ports_keys.ClientKeys`.

    A set behind a `jwks_uri` is kept for 300 seconds and never served past them. An unknown `kid`,
    and a failure, ask again after 60 seconds at the earliest, so that no number of assertions can
    hammer whoever publishes the keys.
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
            now, known = self._clock(), self._sets.get(uri)
            age = now - known.at if known is not None else FRESH_S
            found = _named(known.keys, kid) if known is not None and age < FRESH_S else ()
            if found or age < REFETCH_S:
                return found
            self._sets[uri] = _Fetched(now, self._read(uri))
            self._sets.move_to_end(uri)
            if len(self._sets) > MAX_URIS:
                self._sets.popitem(last=False)
            return _named(self._sets[uri].keys, kid)

    def _read(self, uri: str) -> tuple[Jwk, ...]:
        """Keys that cannot sign here are passed over: a set may hold keys for other uses."""
        try:
            content = json.loads(self._fetch(uri))
        except (ValueError, RecursionError):
            return ()
        keys = content.get("keys") if isinstance(content, dict) else None
        return tuple(_usable(keys[:MAX_PUBLISHED])) if isinstance(keys, list) else ()


def _usable(keys: Sequence[object]) -> Iterator[Jwk]:
    for jwk in keys:
        with suppress(ValueError):
            yield _registered(jwk)


def _named(keys: Sequence[Jwk], kid: str) -> Sequence[Jwk]:
    """A key without a name may be any; so may every key when none is asked for."""
    return tuple(jwk for jwk in keys if not kid or jwk.get("kid", kid) == kid)
