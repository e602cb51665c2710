"""Whether the token room can use the keys that sign: as it is deployed, and as it would be if the
settings of cdk.json were deployed now."""

from collections.abc import Sequence

from keybound.domain.signing_key import SigningKey

from infra.settings import KMS, Settings
from tools.cli.doctor.findings import Failed
from tools.cli.target import Target

_STEPS = "docs/operations.md, From one mode to the other"


def signing_mode(target: Target, published: Sequence[SigningKey]) -> str:
    """Return what was found. Raises Failed for a mode that leaves no key to sign with."""
    current = [key for key in published if key.status == "current"]
    deployed, wanted = target.deployed_settings(), target.settings
    if unusable := _unusable(deployed, current):
        raise Failed(
            f"in the deployed mode {deployed.signing_mode} {unusable}: sign-ins fail with 503",
            f"deploy the mode and slots from before, then go by {_STEPS}",
        )
    if unusable := _unusable(wanted, current):
        raise Failed(
            f"cdk.json says {wanted.signing_mode}, and there {unusable}",
            f"do not deploy that yet, sign-ins would fail: first go by {_STEPS}; if the mode was"
            " given with -c, write it into cdk.json",
        )
    if wanted.signing_mode != deployed.signing_mode:
        return (
            f"{deployed.signing_mode}; cdk.json says {wanted.signing_mode}, which may be deployed"
        )
    return deployed.signing_mode


def _unusable(settings: Settings, current: Sequence[SigningKey]) -> str:
    """Say which current key the token room could not use, or nothing."""
    for key in current:
        if settings.signing_mode == KMS and key.wrapped is not None:
            return f"the current {key.alg} key is a wrapped pair, which KMS cannot sign with"
        if key.wrapped is None and not settings.signing_slots:
            return f"the current {key.alg} key is one of KMS, and no slot is deployed"
    return ""
