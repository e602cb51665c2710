"""What serves: both HTTP APIs, a function for each room, the layers, the schedules."""

import json
from collections.abc import Sequence
from pathlib import Path

from aws_cdk import Annotations, CfnOutput, Duration, Stack
from constructs import Construct

from functions.manifest import FALLBACK, Host, Room, Table
from infra.components.http_host import HttpHost
from infra.components.layers import Wheels, keybound_layer, wheels_layer
from infra.components.mail_events import mail_events
from infra.components.room_function import RoomFunction, has_handler
from infra.components.room_role import Keys
from infra.components.schedule import schedule
from infra.names import Names
from infra.settings import TOLD, Settings

OTP_LIFETIME_S = 600  # a test compares it with the product's own


class AppStack(Stack):
    """Can be thrown away and made again: nothing here remembers anything.

    problems: why what was synthesised must not be deployed; the CDK's deploy refuses it too.
    """

    def __init__(
        self,
        scope: Construct,
        settings: Settings,
        names: Names,
        *,
        rooms: Sequence[Room],
        keys: Keys,
        wheels: Wheels,
        package: Path,
        root: Path,
    ) -> None:
        super().__init__(
            scope, names.stack("app"), description="Keybound: HTTP APIs, rooms and schedules"
        )
        self._settings, self._names, self._keys, self._root = settings, names, keys, root
        self._rooms = rooms
        self.hosts = {host: HttpHost(self, host, settings, names) for host in Host}
        self._layers = [wheels_layer(self, wheels), keybound_layer(self, root, package)]
        self.functions = {room.name: self._function(room) for room in rooms}
        for room in rooms:
            self._connect(room)
        for host in self.hosts.values():
            self._finish(host)
        told = {name: getattr(settings, name) for name in TOLD}
        CfnOutput(self, "Settings", value=json.dumps(told))
        self.problems = _problems(rooms, wheels, root)
        for problem in self.problems:
            Annotations.of(self).add_error(f"not deployable: {problem}")
        if wheels.warning:
            Annotations.of(self).add_warning_v2("keybound:bytecode", wheels.warning)

    def _function(self, room: Room) -> RoomFunction:
        return RoomFunction(
            self,
            room,
            names=self._names,
            keys=self._keys,
            layers=self._layers,
            environment=self._environment(room),
            log_retention_days=self._settings.log_retention_days,
            snap_start=self._settings.snap_start,
            root=self._root,
        )

    def _environment(self, room: Room) -> dict[str, str]:
        """What `keybound.edge.settings` reads: names and addresses, never a secret."""
        environment = {
            "KEYBOUND_AUTH_BASE_URL": self.hosts[Host.AUTH].base_url,
            "KEYBOUND_API_BASE_URL": self.hosts[Host.API].base_url,
            "KEYBOUND_DIRECTORY_TABLE": self._names.table(Table.DIRECTORY),
            "KEYBOUND_GRANTS_TABLE": self._names.table(Table.GRANTS),
            "KEYBOUND_CACHE_TTL_S": str(self._settings.cache_ttl_s),
            "KEYBOUND_LONGEST_ACCESS_TOKEN_S": str(self._settings.longest_access_token_s),
            "KEYBOUND_LONGEST_REFRESH_TOKEN_S": str(self._settings.longest_refresh_token_s),
            "KEYBOUND_SIGNING_MODE": self._settings.signing_mode,
        }
        if room.unwraps or room.signs or room.makes_signing_pairs:
            environment["KEYBOUND_SEALING_KEY_ID"] = self._keys.sealing_arn
        if room.sends_mail or room.leaves_mail or room.mail_events or room.invokes:
            environment |= self._mail_environment()
        if room.invokes:
            environment["KEYBOUND_OTP_MAIL_FUNCTION"] = self._names.invoked(room)
        if self._keys.guard(room):
            environment["KEYBOUND_ORIGIN_SECRET_ID"] = self._keys.origin_secret_arn
            if room.host is None:  # it serves both hosts, and CloudFront stands before one
                environment["KEYBOUND_GUARDED_API_ID"] = self.hosts[Host.AUTH].api.api_id
        return environment

    def _mail_environment(self) -> dict[str, str]:
        if not self._settings.sender:
            return {}
        return {
            "KEYBOUND_MAIL_SENDER": self._settings.sender,
            "KEYBOUND_MAIL_CONFIGURATION_SET": self._names.configuration_set,
            "KEYBOUND_MAILS_PER_RECIPIENT": str(self._settings.mails_per_recipient),
            "KEYBOUND_MAILS_PER_REALM": str(self._settings.mails_per_realm),
        }

    def _connect(self, room: Room) -> None:
        function = self.functions[room.name]
        if room.host is not None:
            self.hosts[room.host].serve(room, function.alias)
        if room.name == FALLBACK:
            for host in self.hosts.values():
                host.serve_everything_else(room, function.alias)
        if room.name in {each.invokes for each in self._rooms}:
            function.alias.configure_async_invoke(
                # As long as what the event is about lives; what fails is called twice again.
                max_event_age=Duration.seconds(OTP_LIFETIME_S),
                retry_attempts=2,
            )
        if room.schedule_minutes:
            schedule(function, room, self._names, function.alias)
        if room.mail_events and self._settings.sender:
            mail_events(function, room, self._names, function.alias)

    def _finish(self, host: HttpHost) -> None:
        domain = host.own_domain(host.finish())
        name = host.node.id.removesuffix("Gateway")
        CfnOutput(self, f"{name}BaseUrl", value=host.base_url)
        CfnOutput(self, f"{name}Endpoint", value=host.endpoint)
        if domain is not None:
            CfnOutput(self, f"{name}DomainTarget", value=domain.attr_regional_domain_name)


def _problems(rooms: Sequence[Room], wheels: Wheels, root: Path) -> list[str]:
    missing = [
        f"functions/{room.name}/handler.py is missing"
        for room in rooms
        if not has_handler(room, root)
    ]
    return [*([wheels.problem] if wheels.problem else []), *missing]
