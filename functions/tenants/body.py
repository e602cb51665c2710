"""The body that changes a tenant: `{"tenant": {display_name}}`; only what was sent counts."""

from keybound.edge.management import Body, DisplayName


class TenantBody(Body):
    display_name: DisplayName = ""

    @property
    def new_name(self) -> str | None:
        return self.display_name if "display_name" in self.model_fields_set else None
