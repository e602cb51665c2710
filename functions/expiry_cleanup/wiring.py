"""What the room `expiry_cleanup` needs, built once per process."""

from functools import cache

from keybound.storage.binding_expiry import BindingExpiry

from functions import composition


@cache
def expiry() -> BindingExpiry:
    """Return the open jobs by the moment they end. Raises SettingsError."""
    return BindingExpiry(composition.directory())
