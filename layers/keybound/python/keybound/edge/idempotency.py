"""Calls that may be sent again: `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header).

The key belongs to its caller and tenant. For 24 hours the same call with the same key gets the same
answer, secrets included; another call with it is 409. Only success is remembered: whatever was
refused may be put right and sent again under its key.

The answer is stored by the transaction that makes the resource, so of equal calls at the same time
one creates and the others, whose transactions fail, read what it was answered. A room adopts this
by handing its creation to `Once.answer` and the receipt on to the flow.
"""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from keybound.domain.clock import Clock
from keybound.domain.errors import Conflict, PlatformError, refuse_field
from keybound.domain.ids import TenantId
from keybound.domain.receipt import Answered, Derivation, Receipt, Writes, no_receipt
from keybound.domain.secrets import Randomness, hash_secret
from keybound.edge.api_auth import Caller
from keybound.edge.errors import JSON, NO_STORE
from keybound.edge.http import Request, Response
from keybound.edge.json_body import read_json_object

HEADER = "idempotency-key"
REPLAYED = "idempotency-replayed"
LIFETIME_S = 24 * 3600
MAX_LENGTH = 255
OTHER_CALL = "this idempotency key was used for another call, or with another body"
_Made = TypeVar("_Made")


class Records(Protocol):
    """Satisfied by `keybound.storage.idempotency.IdempotencyRecords`."""

    def find(self, tenant_id: TenantId, key_hash: str, now: int) -> Answered | None:
        """Return an answer that is not older than its time, read consistently."""

    def write(
        self, tenant_id: TenantId, key_hash: str, answered: Answered, now: int
    ) -> dict[str, Any]:
        """Return the write, which fails while another answer under that key is alive."""


class Secrets(Protocol):
    """Satisfied by `keybound.signing.sealing.Deriver`."""

    def derive(self, item_id: str, version: int, nonce: str, kid: str) -> str: ...


@dataclass(frozen=True)
class _Call:
    """A call with a key: whose it is, and all that decides its answer, as hashes."""

    tenant_id: TenantId
    key_hash: str
    request_hash: str


@dataclass(frozen=True)
class Once:
    """Answers creations, and what else must not happen twice, each once for its key. secrets: for
    rooms whose answers hold any."""

    records: Records
    clock: Clock
    randomness: Randomness
    secrets: Secrets | None = None

    def answer(
        self,
        request: Request,
        caller: Caller,
        make: Callable[[Receipt[_Made]], _Made],
        form: Callable[[_Made], Response],
        *,
        secret_of: Callable[[_Made], Derivation | None] = lambda _: None,
    ) -> Response:
        """Make something and answer with its form; or say again what was answered before.

        make: creates, storing the receipt's writes in the same transaction. form: renders it, and
        may be called twice. secret_of: how the secret in the answer is derived, if it has one.
        Raises BadRequest for a malformed key, Conflict for one of another call, and what `make`
        raises.
        """
        call = _keyed(request, caller)
        if call is None:
            return form(make(no_receipt))
        if (answered := self._answered(call)) is not None:
            return answered

        def receipt(made: _Made) -> Writes:
            now = self.clock()
            kept = self._without_secret(call, form(made), secret_of(made), now)
            return [self.records.write(call.tenant_id, call.key_hash, kept, now)]

        try:
            return form(make(receipt))
        except PlatformError:
            # An equal call may have been faster, and then this is no failure.
            if (answered := self._answered(call)) is not None:
                return answered
            raise

    def _answered(self, call: _Call) -> Response | None:
        found = self.records.find(call.tenant_id, call.key_hash, self.clock())
        if found is None:
            return None
        if not hmac.compare_digest(found.request_hash, call.request_hash):
            raise Conflict(OTHER_CALL)
        body = found.body
        if found.secret is not None:
            body = body.replace(found.gap, self._derived(found.secret))
        headers = {**JSON, **NO_STORE, REPLAYED: "true"}
        return Response(found.status, body, headers | ({"etag": found.etag} if found.etag else {}))

    def _without_secret(
        self, call: _Call, response: Response, secret: Derivation | None, now: int
    ) -> Answered:
        etag = response.headers.get("etag", "")
        kept = Answered(
            call.request_hash, response.status, response.body, now + LIFETIME_S, etag=etag
        )
        if secret is None:
            return kept
        gap = self.randomness(16).hex()
        body = response.body.replace(self._derived(secret), gap)
        return replace(kept, body=body, gap=gap, secret=secret)

    def _derived(self, secret: Derivation) -> str:
        if self.secrets is None:
            raise TypeError("this room derives no secrets")
        return self.secrets.derive(secret.item_id, secret.version, secret.nonce, secret.kid)


def _keyed(request: Request, caller: Caller) -> _Call | None:
    if HEADER not in request.headers:
        return None
    key = request.header(HEADER)
    if not (1 <= len(key) <= MAX_LENGTH and key.isascii() and key.isprintable() and key.strip()):
        raise refuse_field(
            "Idempotency-Key", f"must be 1 to {MAX_LENGTH} printable ASCII characters"
        )
    path = [request.method, request.route, sorted(request.path.items())]
    body = read_json_object(request.body) if request.body else {}  # verbs may have none
    asked = json.dumps([path, body], sort_keys=True)
    owner = json.dumps([caller.tenant_id, caller.principal, key])
    return _Call(caller.tenant_id, hash_secret(owner), hash_secret(asked))
