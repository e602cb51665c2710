"""Speaks to the management API over HTTP, as any back end would."""

import base64
import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

from tools.cli.bootstrap import ManagementClient


class CallFailed(Exception):
    """An endpoint answered with something else than success."""


class ManagementApi:
    """Calls one realm's resources (or the tenant's, before there is a realm)."""

    def __init__(self, api_base_url: str, client: ManagementClient) -> None:
        self._tenant_url = f"{api_base_url}/v1/tenants/{client.tenant_id}"
        self._client = client
        self._token = ""

    def create(self, path: str, wrapper: str, members: dict[str, Any]) -> dict[str, Any]:
        """POST `{wrapper: members}` below the tenant and return the resource. Raises CallFailed.

        Accepts answers with the resource bare or in the same wrapper.
        """
        self._token = self._token or self._ask_for_token()
        headers = {
            "authorization": f"Bearer {self._token}",
            "content-type": "application/json",
        }
        body = json.dumps({wrapper: members}).encode()
        answer = _post(f"{self._tenant_url}/{path}", headers, body)
        resource: dict[str, Any] = answer.get(wrapper, answer)
        return resource

    def _ask_for_token(self) -> str:
        pair = f"{self._client.client_id}:{self._client.client_secret}".encode()
        headers = {
            "authorization": f"Basic {base64.b64encode(pair).decode()}",
            "content-type": "application/x-www-form-urlencoded",
        }
        body = urlencode({"grant_type": "client_credentials"}).encode()
        return str(_post(self._client.token_endpoint, headers, body)["access_token"])


# The machine's proxy settings are for the world outside, not for this machine.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _post(url: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    request = urllib.request.Request(url, body, headers, method="POST")
    try:
        with _opener.open(request, timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        text = error.read(2000).decode("utf-8", "replace")
        raise CallFailed(f"POST {url}: {error.code} {text}") from error
    except OSError as error:
        raise CallFailed(f"POST {url}: {error}") from error
