"""The whole product in one process: both hosts on moto, a tenant, and the demo beside it."""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from functions.manifest import Host
from tools.devserver import cloud
from tools.devserver.api_page import api_page
from tools.devserver.gateway import Gateway, PortTaken, is_free


@dataclass(frozen=True)
class Ports:
    """Where to listen; 0 takes any free port."""

    auth: int = 8080
    api: int = 8081
    app: int = 8082


class DevServer:
    """Takes its ports when made, serves when started, and keeps nothing when stopped.

    Making it raises PortTaken. It moves the process's AWS settings and `KEYBOUND_*` variables to
    the local cloud, so there is one per process.
    """

    def __init__(self, ports: Ports, log: Callable[[str], None] = lambda line: None) -> None:
        self._dev_pages: Any = lambda call: None
        auth = Gateway(Host.AUTH, ports.auth, first=lambda call: self._dev_pages(call), log=log)
        self._gateways = [auth]
        try:
            self._gateways.append(Gateway(Host.API, ports.api, first=api_page, log=log))
            self.app_port = ports.app or _free_port()
            if not is_free(self.app_port):
                raise PortTaken(self.app_port)
        except PortTaken:
            auth.stop()
            raise
        self.auth_base_url = f"http://localhost:{auth.port}"
        self.api_base_url = f"http://localhost:{self._gateways[1].port}"
        self.app_url = f"http://localhost:{self.app_port}"
        self.ready: dict[str, Any] = {}
        self.demo_environment: Mapping[str, str] = {}
        self._demo: Any = None
        self._stop_moto: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Serve both hosts, then make the demo's realm over HTTP and start the demo.

        Raises CallFailed or DemoFailed; `stop` is due in any case.
        """
        cloud.forget_real_accounts()
        self._stop_moto = cloud.start_moto()
        client = self._make_deployment()
        for gateway in self._gateways:
            gateway.start()
        self._start_demo(client)

    def stop(self) -> None:
        """End the demo and take no more calls; everything that was made is gone."""
        if self._demo is not None:
            self._demo.stop()
        for gateway in self._gateways:
            gateway.stop()
        self._stop_moto()

    def demo_ended(self) -> bool:
        return self._demo is None or self._demo.ended()

    def _make_deployment(self) -> Any:
        # Imported here, after the ports are known to be free: boto3 and moto take half a second.
        from keybound.edge import aws

        from functions import composition
        from functions.manifest import room
        from tools.cli import bootstrap
        from tools.devserver import later
        from tools.devserver.dev_pages import DevPages
        from tools.devserver.invocation import run_schedule
        from tools.devserver.outbox import Outbox

        outbox = Outbox(composition.clock)
        outbox.watch()
        later.watch(later.in_a_thread)
        self._dev_pages = DevPages(
            outbox.mails,
            (self.auth_base_url,),
            lambda: run_schedule(room("mail_outbox"), composition.clock()),
        )
        made = cloud.create_keys(aws.kms())
        cloud.create_tables(aws.dynamodb())
        cloud.create_sender(aws.ses())
        urls = {"auth_base_url": self.auth_base_url, "api_base_url": self.api_base_url}
        os.environ.update(cloud.room_environment(made, **urls))
        deployment = bootstrap.Deployment(
            directory=composition.directory(),
            kms=aws.kms,
            sealing_key_id=made.sealing_key_id,
            clock=composition.clock,
            randomness=composition.randomness,
            **urls,
        )
        bootstrap.create_sealing_keys(deployment)
        bootstrap.publish_signing_keys(deployment, made.signing_key_ids)
        return bootstrap.create_tenant(deployment, "Development")

    def _start_demo(self, client: Any) -> None:
        from tools.devserver.demo import DemoProcess, create_demo_realm
        from tools.devserver.management_client import ManagementApi

        realm = create_demo_realm(
            ManagementApi(self.api_base_url, client),
            client,
            auth_base_url=self.auth_base_url,
            api_base_url=self.api_base_url,
            port=self.app_port,
        )
        self.demo_environment = realm.environment
        self._demo = DemoProcess(realm)
        self._demo.wait_until_it_answers()
        self.ready = {
            "auth_base_url": self.auth_base_url,
            "api_base_url": self.api_base_url,
            "demo_app_url": self.app_url,
            "tenant_id": client.tenant_id,
            "realm_id": realm.realm_id,
            "management": {
                "issuer": client.issuer,
                "token_endpoint": client.token_endpoint,
                "client_id": client.client_id,
                "client_secret": client.client_secret,
            },
        }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
