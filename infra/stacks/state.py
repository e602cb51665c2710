"""What must outlive every deployment: tables and keys."""

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.components.keys import sealing_key, signing_key
from infra.components.room_role import Keys
from infra.components.tables import directory_table, grants_table
from infra.names import Names
from infra.settings import KMS_DATA_KEY_PAIR, Settings


class StateStack(Stack):
    """Retained and protected, unless the deployment is disposable.

    keys: what the app stack's roles may be granted.
    """

    def __init__(self, scope: Construct, settings: Settings, names: Names) -> None:
        super().__init__(
            scope,
            names.stack("state"),
            description="Keybound: tables and keys",
            termination_protection=not settings.disposable,
        )
        disposable = settings.disposable
        for make_table in (directory_table, grants_table):
            table = make_table(self, names, disposable=disposable)
            CfnOutput(self, f"{table.node.id}Name", value=table.table_name)
        sealing = sealing_key(self, names, disposable=disposable)
        CfnOutput(self, f"{sealing.node.id}Arn", value=sealing.key_arn)
        signing = [
            signing_key(self, names, algorithm, slot, disposable=disposable)
            for slot in settings.signing_slots
            for algorithm in settings.signing_algorithms
        ]
        for key in signing:
            CfnOutput(self, f"{key.node.id}Arn", value=key.key_arn)
        self.keys = Keys(
            sealing.key_arn,
            [key.key_arn for key in signing],
            wraps_pairs=settings.signing_mode == KMS_DATA_KEY_PAIR,
        )
