"""What a snapshot must not freeze (Lambda SnapStart).

Lambda may start many environments from one copy of a process that has only been loaded. Rooms
build nothing while they load: no client, no connection, no credentials, no unwrapped key, no
random bytes. Should that ever change, what was built is dropped in each environment before its
first request, and every generator of random numbers that the copy carries is seeded anew.

Randomness of ours comes from the kernel (`os.urandom`), which Lambda seeds after a restore.
"""

import os
import random
import ssl
from collections.abc import Callable

_SEED_BYTES = 48


def after_restore(forget: Callable[[], None]) -> bool:
    """Have `forget` called in each restored environment. False where nothing takes snapshots:
    only Lambda's own runtime has the module that tells of them."""
    try:
        from snapshot_restore_py import register_after_restore
    except ImportError:
        return False
    register_after_restore(_begin_anew, forget)
    return True


def _begin_anew(forget: Callable[[], None]) -> None:
    random.seed()  # botocore waits by it before it tries again
    ssl.RAND_add(os.urandom(_SEED_BYTES), _SEED_BYTES)  # TLS handshakes
    forget()
