"""The body that changes a credential: `{"credential": {"display_name": …}}`."""

from keybound.edge.management import Body, FreeName


class CredentialBody(Body):
    """PATCH: only what was sent counts."""

    display_name: FreeName = ""

    def name(self) -> str | None:
        """Return the name that was sent, or None."""
        return self.display_name if "display_name" in self.model_fields_set else None
