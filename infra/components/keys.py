"""The KMS keys: one that wraps sealing keys, and the slots that sign tokens.

The key policies name every action. Nobody gets `kms:*` and nobody gets CreateGrant, so the roles'
own policies stay the only way to a key; and nobody, whatever their role says, can use the sealing
key without naming a purpose.
"""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.names import Names

_PENDING = Duration.days(30)
_SPECS = {"RS256": kms.KeySpec.RSA_2048, "ES256": kms.KeySpec.ECC_NIST_P256}

_ADMINISTRATION = tuple(
    f"kms:{verb}"
    for verb in (
        "CancelKeyDeletion",
        "CreateAlias",
        "DeleteAlias",
        "DescribeKey",
        "DisableKey",
        "EnableKey",
        "GetKeyPolicy",
        "GetKeyRotationStatus",
        "ListGrants",
        "ListKeyPolicies",
        "ListResourceTags",
        "PutKeyPolicy",
        "RevokeGrant",
        "ScheduleKeyDeletion",
        "TagResource",
        "UntagResource",
        "UpdateAlias",
        "UpdateKeyDescription",
    )
)
_ROTATION = (
    "kms:DisableKeyRotation",
    "kms:EnableKeyRotation",
    "kms:ListKeyRotations",
    "kms:RotateKeyOnDemand",
)
# Wrapping by those KMS calls that never show the plaintext.
_WRAPPING = (
    "kms:Decrypt",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateDataKeyWithoutPlaintext",
)
_SIGNING = ("kms:GetPublicKey", "kms:Sign", "kms:Verify")


def sealing_key(scope: Construct, names: Names, *, disposable: bool) -> kms.Key:
    """Make the key that wraps one data key for each purpose."""
    needs_purpose = {"Null": {"kms:EncryptionContext:purpose": "false"}}
    return kms.Key(
        scope,
        "SealingKey",
        description="Keybound: wraps sealing keys, each under the context of its purpose",
        alias=names.sealing_alias,
        enable_key_rotation=True,
        policy=_policy(
            _account("Administer", (*_ADMINISTRATION, *_ROTATION)),
            _account("WrapAndUnwrapForAPurpose", _WRAPPING, needs_purpose),
        ),
        removal_policy=_removal(disposable),
        pending_window=_PENDING,
    )


def signing_key(
    scope: Construct, names: Names, algorithm: str, slot: str, *, disposable: bool
) -> kms.Key:
    """Make the key of one slot (`a`; `b` while rotating) that signs with one JOSE algorithm."""
    return kms.Key(
        scope,
        f"SigningKey{algorithm}{slot.upper()}",
        description=f"Keybound: signs tokens with {algorithm}, slot {slot}",
        alias=names.signing_alias(algorithm, slot),
        key_spec=_SPECS[algorithm],
        key_usage=kms.KeyUsage.SIGN_VERIFY,
        policy=_policy(_account("Administer", _ADMINISTRATION), _account("Sign", _SIGNING)),
        removal_policy=_removal(disposable),
        pending_window=_PENDING,
    )


def _removal(disposable: bool) -> RemovalPolicy:
    return RemovalPolicy.DESTROY if disposable else RemovalPolicy.RETAIN


def _policy(*statements: iam.PolicyStatement) -> iam.PolicyDocument:
    return iam.PolicyDocument(statements=list(statements))


def _account(
    sid: str, actions: tuple[str, ...], conditions: dict[str, dict[str, str]] | None = None
) -> iam.PolicyStatement:
    """Let the account's own IAM policies give these actions away. `*` is the key itself."""
    return iam.PolicyStatement(
        sid=sid,
        principals=[iam.AccountRootPrincipal()],
        actions=sorted(actions),
        resources=["*"],
        conditions=conditions,
    )
