"""What must outlive every deployment: tables, keys, the sender's domain, the origin secret."""

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.components.keys import sealing_key, signing_key
from infra.components.mail import mail
from infra.components.origin_secret import origin_secret
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
        secret = origin_secret(self, names, disposable=disposable) if settings.edge else None
        self.keys = Keys(
            sealing.key_arn,
            [key.key_arn for key in signing],
            wraps_pairs=settings.signing_mode == KMS_DATA_KEY_PAIR,
            origin_secret_arn=secret.secret_arn if secret else "",
            sender=settings.sender,
        )
        if settings.sender:
            records = mail(self, settings.sender, names, disposable=disposable)
            for number, (name, target) in enumerate(records.items(), start=1):
                CfnOutput(self, f"DkimRecord{number}", value=f"{name} CNAME {target}")
