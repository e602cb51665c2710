"""Makes rooms forget what they built, so that the next test's environment is read."""

import sys

from functions import composition


def forget_rooms() -> None:
    """Clear the shared parts and every cache in a room's `wiring` that was imported."""
    composition.forget()
    for name, module in list(sys.modules.items()):
        if name.startswith("functions.") and name.endswith(".wiring"):
            for member in vars(module).values():
                if clear := getattr(member, "cache_clear", None):
                    clear()
