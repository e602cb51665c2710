"""Every name that a deployment gives, made from its settings.

Functions learn table names from here and not from the other stack; the operator's command line
finds the KMS keys by the same aliases. Only the keys' ARNs cross from stack to stack.
"""

from dataclasses import dataclass

from functions.manifest import Host, Room, Table
from infra.settings import Settings

ALIAS = "live"


@dataclass(frozen=True)
class Names:
    """Names of one deployment. All start with `{name}-{stage}`.

    directory_table: what the Directory is called when it is not the table that the state stack
    made, as after a restore.
    """

    prefix: str
    directory_table: str = ""

    def stack(self, part: str) -> str:
        return f"{self.prefix}-{part}"

    def table(self, table: Table) -> str:
        """The table that is in use."""
        if table is Table.DIRECTORY and self.directory_table:
            return self.directory_table
        return self.own_table(table)

    def own_table(self, table: Table) -> str:
        """The table that the state stack makes."""
        return f"{self.prefix}-{table.value}"

    @property
    def sealing_alias(self) -> str:
        return f"alias/{self.prefix}-sealing"

    def signing_alias(self, algorithm: str, slot: str) -> str:
        return f"alias/{self.prefix}-signing-{algorithm.lower()}-{slot}"

    def function(self, room: Room) -> str:
        """At most 64 characters (Lambda's limit): 33 for the prefix, 30 for the room."""
        name = f"{self.prefix}-{room.name}"
        if len(name) > 64:
            raise ValueError(f"function name {name} is longer than Lambda's 64 characters")
        return name

    def invoked(self, room: Room) -> str:
        """The room that a room may have called: its function and the alias that everyone calls."""
        return f"{self.prefix}-{room.invokes}:{ALIAS}"

    def schedule(self, room: Room) -> str:
        return self.function(room)

    def function_log_group(self, room: Room) -> str:
        return f"/aws/lambda/{self.function(room)}"

    def api(self, host: Host) -> str:
        return f"{self.prefix}-{host.value}"

    def access_log_group(self, host: Host) -> str:
        """Under `/aws/vendedlogs/`, so that no resource policy of CloudWatch Logs has to grow."""
        return f"/aws/vendedlogs/apis/{self.api(host)}"

    @property
    def origin_secret(self) -> str:
        """The same name in every region that holds a copy of it."""
        return f"{self.prefix}/origin-secret"

    @property
    def configuration_set(self) -> str:
        return self.prefix

    @property
    def metric_namespace(self) -> str:
        return f"Keybound/{self.prefix}"

    @property
    def edge_log_group(self) -> str:
        return f"/aws/vendedlogs/cloudfront/{self.prefix}"

    @property
    def firewall_log_group(self) -> str:
        """AWS WAF writes to groups of this prefix only."""
        return f"aws-waf-logs-{self.prefix}"

    def alarm(self, subject: str) -> str:
        return f"{self.prefix}-{subject}"


def names_of(settings: Settings) -> Names:
    return Names(f"{settings.name}-{settings.stage}", settings.directory_table_name)
