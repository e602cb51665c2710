"""Where the command line's work is done: one deployment's table, keys and addresses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from keybound.domain.clock import Clock
from keybound.domain.secrets import Randomness
from keybound.storage.table import Table


@dataclass(frozen=True)
class Deployment:
    """Where to write. `kms` returns a KMS client that may use the key `sealing_key_id`."""

    directory: Table
    kms: Callable[[], Any]
    sealing_key_id: str
    auth_base_url: str
    api_base_url: str
    clock: Clock
    randomness: Randomness
