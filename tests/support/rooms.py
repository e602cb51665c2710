"""Makes rooms forget what they built, so that the next test's environment is read."""

from functions import composition


def forget_rooms() -> None:
    """Clear the shared parts and every cache in a room's `wiring` that was imported."""
    composition.forget()
