"""What the maker of a link shows so that it may add a passkey to those that an identity has."""

from keybound.binding.adding import AddingProof
from keybound.domain.binding_job import BY_SCOPE, BY_SIGN_IN
from keybound.domain.errors import BadRequest, FieldViolation
from keybound.domain.identity import Identity
from keybound.domain.management_scopes import ADD_AUTHENTICATORS
from keybound.edge.api_auth import Caller
from keybound.oauth.fresh_sign_in import FreshSignIns

_REFUSED = "is no ID token of a sign-in of this identity by a passkey in the last five minutes"


def proof_of(
    sign_ins: FreshSignIns, caller: Caller, identity: Identity, id_token: str | None
) -> AddingProof:
    """Return the stronger of what was shown: a sign-in, else the caller's scope, else nothing.

    Raises BadRequest naming `job.id_token` for one that proves nothing, needed or not.
    """
    if id_token is not None:
        try:
            return AddingProof(BY_SIGN_IN, sign_ins.signed_in_at(identity, id_token))
        except ValueError as error:
            violation = FieldViolation("job.id_token", _REFUSED)
            raise BadRequest(violations=(violation,), detail=str(error)) from error
    return AddingProof(BY_SCOPE if ADD_AUTHENTICATORS in caller.scopes else "")
