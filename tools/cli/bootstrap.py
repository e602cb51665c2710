"""Makes what no request may make: sealing keys, published signing keys, tenants.

Every step is safe to repeat and safe in parallel: it writes on condition of absence and says what
it found. Storage is reached through `keybound.storage` alone, so a deployment and the development
server are made alike.
"""

from collections.abc import Sequence

from keybound.domain.sealing_key import PURPOSES, WrappedKey
from keybound.domain.signing_key import NEXT
from keybound.signing import rotation_steps
from keybound.signing.data_key_pairs import make_key_pair
from keybound.signing.kms import describe_key
from keybound.signing.rotation import Rotation
from keybound.signing.rotation_steps import RotationRefused
from keybound.storage.sealing_keys import SealingKeys
from keybound.storage.signing_keys import SigningKeys

from tools.cli.deployment import Deployment
from tools.cli.management_client import ManagementClient
from tools.cli.tenants import create_tenant

__all__ = [
    "Deployment",
    "ManagementClient",
    "create_sealing_keys",
    "create_signing_key_pairs",
    "create_tenant",
    "publish_signing_keys",
    "unsigned_algorithms",
]

# Every first version of a purpose has this id, so of two made at once only one can be stored.
FIRST_KID = "00000001"
# AWS refuses calls from clocks that are more than five minutes wrong. A first key that became
# active by such a clock would leave every room without one until then.
_CLOCK_TOLERANCE_S = 300
_ALGORITHMS = ("RS256", "ES256")


def create_sealing_keys(deployment: Deployment) -> list[str]:
    """Give every purpose that has no key its first one; return those purposes.

    Each is a 32-byte KMS data key under the encryption context `purpose`; its plaintext never
    leaves KMS.
    """
    stored = SealingKeys(deployment.directory)
    active_from = deployment.clock() - _CLOCK_TOLERANCE_S
    made = []
    for purpose in PURPOSES:
        if stored.of(purpose):
            continue
        answer = deployment.kms().generate_data_key_without_plaintext(
            KeyId=deployment.sealing_key_id,
            NumberOfBytes=32,
            EncryptionContext={"purpose": purpose},
        )
        first = WrappedKey(purpose, FIRST_KID, answer["CiphertextBlob"], active_from)
        if stored.create(first):
            made.append(purpose)
    return made


def unsigned_algorithms(deployment: Deployment) -> list[str]:
    """Return the algorithms for which no key was ever published."""
    published = SigningKeys(deployment.directory)
    return [alg for alg in _ALGORITHMS if not published.ring(alg).revision]


def publish_signing_keys(deployment: Deployment, kms_key_ids: Sequence[str]) -> list[str]:
    """Publish KMS signing keys (RSA_2048, ECC_NIST_P256); return the ids of the new ones.

    The first key of its algorithm becomes `current`; a further one is published as `next`.
    """
    published = SigningKeys(deployment.directory)
    rotation = Rotation(published, deployment.clock, deployment.randomness)
    known, created = {key.kid for key in published.all()}, []
    for kms_key_id in kms_key_ids:
        key = describe_key(deployment.kms(), kms_key_id, status=NEXT, create_time=0)
        if key.kid in known:
            continue
        try:
            rotation.publish(key)
        except RotationRefused:
            continue  # retired, or another key is next: that is for `keybound keys` to change
        created.append(key.kid)
    return created


def create_signing_key_pairs(deployment: Deployment, algorithms: Sequence[str]) -> list[str]:
    """Give each algorithm without a key its first pair, made and wrapped by KMS; return the ids of
    the new ones. For the signing mode `kms-data-key-pair`; the schedule goes on from there."""
    published, created = SigningKeys(deployment.directory), []
    for alg in algorithms:
        empty = published.ring(alg)
        if empty.revision:
            continue
        pair = make_key_pair(deployment.kms(), deployment.sealing_key_id, alg)
        # On condition of the empty ring: what a slower run made must not become the next key.
        ring = rotation_steps.publish(empty, pair, deployment.clock())
        if published.replace(empty, ring, deployment.randomness(16).hex()):
            created.append(pair.kid)
    return created
