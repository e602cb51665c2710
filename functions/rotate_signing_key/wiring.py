"""What the room `rotate_signing_key` needs, built once per process."""

from functools import cache

from keybound.domain.signing_key import SigningKey
from keybound.edge import aws
from keybound.signing.data_key_pairs import make_key_pair
from keybound.signing.rotation import Rotation
from keybound.storage.signing_keys import SigningKeys

from functions import composition


@cache
def rotation() -> Rotation:
    """Return the steps on the stored keys. Raises SettingsError."""
    rings = SigningKeys(composition.directory())
    return Rotation(rings, composition.clock, composition.randomness)


def make_key(alg: str) -> SigningKey:
    """Let KMS make a key pair whose private half only rooms that sign can unwrap."""
    return make_key_pair(aws.kms(), composition.settings().sealing_key_id, alg)
