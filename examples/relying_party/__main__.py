"""`python -m examples.relying_party`: serves the application on this machine only."""

import logging
import os
import sys

from examples.relying_party.app import create_app
from examples.relying_party.serving import serve
from examples.relying_party.settings import MissingSetting, read_settings


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        settings = read_settings(os.environ)
    except MissingSetting as missing:
        print(f"{missing} is not set: see docs/relying-party.md", file=sys.stderr)
        return 2
    app = create_app(settings)
    try:
        serve(app, settings.port)
    except OSError as error:
        print(f"port {settings.port} cannot be used: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
