"""Who may add a passkey to an identity that has one already
(docs/adr/0057-another-passkey-needs-more-than-a-link.md).

A link alone is enough for the first passkey only. Judged when a job is made, when its link is
opened, and once more on the identity that the binding transaction is about to change.
"""

from dataclasses import dataclass

from keybound.domain.authenticator_config import MANAGEMENT_TOKEN, AuthenticatorConfig
from keybound.domain.binding_job import BY_SCOPE, BY_SIGN_IN, BindingJob
from keybound.domain.errors import Forbidden
from keybound.domain.identity import Identity
from keybound.domain.management_scopes import ADD_AUTHENTICATORS

SIGN_IN_WINDOW_S = 15 * 60
"""For how long after a sign-in a link that was made on it adds a passkey."""

_LINK = "this link was made for a first passkey, and the identity has one by now"
_OVER = "it is too long since the sign-in that this link was made on"


@dataclass(frozen=True)
class AddingProof:
    """What the maker of a job showed. kind: BY_SCOPE, BY_SIGN_IN or empty. signed_in_at: epoch
    seconds."""

    kind: str = ""
    signed_in_at: int = 0


NO_PROOF = AddingProof()


def check_may_add(
    config: AuthenticatorConfig, identity: Identity, proof: AddingProof, now: int
) -> None:
    """Raises Forbidden, to a management caller, unless the identity has no active passkey or the
    proof is one that the config's policy takes."""
    if not identity.passkeys or _suffices(config, proof, now):
        return
    if config.additional_passkey_policy == MANAGEMENT_TOKEN:
        raise Forbidden(
            "the identity has a passkey: another one needs the scope authenticators:add,"
            " or job.id_token of a fresh sign-in",
            challenge=f'Bearer error="insufficient_scope", scope="{ADD_AUTHENTICATORS}"',
        )
    raise Forbidden("the identity has a passkey: another one needs job.id_token of a fresh sign-in")


def check_link_may_add(
    config: AuthenticatorConfig, identity: Identity, job: BindingJob, now: int
) -> None:
    """Raises Forbidden, to the holder of a link, unless the identity has no active passkey or the
    job was made on a proof that the config's policy takes now."""
    proof = AddingProof(job.adding_proof, job.signed_in_at)
    if not identity.passkeys or _suffices(config, proof, now):
        return
    raise Forbidden(_OVER if proof.kind == BY_SIGN_IN else _LINK)


def _suffices(config: AuthenticatorConfig, proof: AddingProof, now: int) -> bool:
    if proof.kind == BY_SIGN_IN:
        return now < proof.signed_in_at + SIGN_IN_WINDOW_S
    return proof.kind == BY_SCOPE and config.additional_passkey_policy == MANAGEMENT_TOKEN
