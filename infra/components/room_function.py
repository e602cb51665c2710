"""One room as a Lambda function: its code, role, log group, and the alias that everyone calls."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import Duration, IgnoreMode
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from functions.manifest import Room
from infra.components.acknowledged import pinned_runtime
from infra.components.log_group import log_group
from infra.components.room_role import Keys, room_role
from infra.names import ALIAS, Names


class RoomFunction(Construct):
    """The function and its alias `live`, which moves to a version only once that is complete."""

    def __init__(
        self,
        scope: Construct,
        room: Room,
        *,
        names: Names,
        keys: Keys,
        layers: Sequence[lambda_.ILayerVersion],
        environment: Mapping[str, str],
        log_retention_days: int,
        snap_start: bool,
        root: Path,
    ) -> None:
        super().__init__(scope, construct_id(room))
        logs = log_group(
            self,
            "Logs",
            log_group_name=names.function_log_group(room),
            days=log_retention_days,
        )
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=names.function(room),
            description=f"Keybound: room {room.name}; caller's proof: {room.proof.value}",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler=room.handler,
            code=room_code(room, root),
            layers=list(layers),
            role=room_role(self, room, names, keys, logs),
            environment=dict(environment),
            memory_size=room.memory_mb,
            timeout=Duration.seconds(room.timeout_s),
            log_group=logs,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if snap_start else None,
            logging_format=lambda_.LoggingFormat.JSON,
            # Lambda's own two lines a request say less than the room's one and cost more than it.
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
        )
        pinned_runtime(self.function)
        self.alias = lambda_.Alias(
            self, "Live", alias_name=ALIAS, version=self.function.current_version
        )


def construct_id(room: Room) -> str:
    """`credential_binding_jobs` gives CredentialBindingJobs."""
    return "".join(part.capitalize() for part in room.name.split("_"))


def room_code(room: Room, root: Path) -> lambda_.AssetCode:
    """Return the room's folder and the modules that rooms share, at their paths in the repository.

    The patterns are git's: everything is left out, then let in again level by level.
    """
    return lambda_.Code.from_asset(
        str(root),
        ignore_mode=IgnoreMode.GIT,
        exclude=[
            "/*",
            "!/functions",
            "/functions/*",
            "!/functions/*.py",
            f"!/functions/{room.name}",
            "__pycache__",
            "*.pyc",
        ],
    )


def has_handler(room: Room, root: Path) -> bool:
    """Whether the room's code is there."""
    return (root / "functions" / room.name / "handler.py").is_file()
