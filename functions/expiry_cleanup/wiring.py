"""What the room `expiry_cleanup` needs, built once per process."""

from collections.abc import Mapping
from functools import cache

from keybound.binding.ports_expiry import DueItems
from keybound.storage.contention import Contention
from keybound.storage.due_jobs import ExpiredJobs, KeptJobs

from functions import composition


@cache
def due_items() -> Mapping[str, DueItems]:
    """Return what is due, by what the room says it did with it. Raises SettingsError."""
    directory, contention = composition.directory(), Contention(composition.randomness)
    return {
        "closed": ExpiredJobs(directory, contention),
        "removed": KeptJobs(directory, contention),
    }
