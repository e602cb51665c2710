"""The demo once more, in this process, so that a test can move its clock."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask
from keybound.domain.ids import ApplicationId, RealmId, ResourceServerId
from werkzeug.serving import make_server

from examples.relying_party.app import create_app
from examples.relying_party.settings import read_settings
from tests.browser.demo.keybound_process import Keybound
from tools.cli.bootstrap import ManagementClient
from tools.devserver.demo import create_demo_realm
from tools.devserver.management_client import ManagementApi


@dataclass
class OwnSite:
    """A site in a realm of its own; `keybound` names this one's address and realm.

    ahead_s: how far the site's clock is ahead of the real one.
    """

    app: Flask
    keybound: Keybound
    ahead_s: int = 0


@contextmanager
def own_site(keybound: Keybound) -> Iterator[OwnSite]:
    """Make the realm through the management API and serve the site on a free port."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    ready = keybound.ready
    client = _management_client(ready)
    urls = {name: ready[name] for name in ("auth_base_url", "api_base_url")}
    api = ManagementApi(ready["api_base_url"], client)
    realm = create_demo_realm(api, client, **urls, port=port)
    site: OwnSite
    app = create_app(read_settings(realm.environment), clock=lambda: time.time() + site.ahead_s)
    here = {"demo_app_url": f"http://localhost:{port}", "realm_id": realm.realm_id}
    site = OwnSite(app, replace(keybound, ready={**ready, **here}))
    server = make_server("127.0.0.1", port, app, threaded=True, fd=listener.detach())
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _management_client(ready: dict[str, Any]) -> ManagementClient:
    given = ready["management"]
    # {auth}/v1/tenants/{t}/realms/{r}/applications/{a}
    *_, realm_id, _, application_id = given["issuer"].split("/")
    return ManagementClient(
        tenant_id=ready["tenant_id"],
        admin_realm_id=RealmId(realm_id),
        application_id=ApplicationId(application_id),
        resource_server_id=ResourceServerId(""),
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        issuer=given["issuer"],
    )
