"""Deploys the synthesised templates into ministack through CloudFormation, and calls what serves.

All that is made up for here, and nowhere else:

- the layer of wheels is the one built for this machine, because functions run on it;
- the conditions on `kms:EncryptionContext` are dropped, because ministack's IAM knows no such key
  and would deny every Decrypt;
- sending mail is allowed on any resource and from any address, because its IAM sees neither the
  identity that a mail comes from nor `ses:FromAddress`; mails are read where it keeps them;
- the outputs that name DKIM records are dropped, because its SES identities have none;
- copies of a secret in other regions are dropped, because its conditions know no AWS::Region;
- a reference to a secret asks for its ARN by name, because a bare one gives only the secret's name;
- point-in-time recovery and TTL are switched on by their own calls, as the template says, because
  its CloudFormation forgets them;
- a call with OPTIONS goes to the function of its route, past API Gateway, which answers all of
  them itself here; the function runs as deployed, under its role;
- an alarm on a sum of metrics looks at the first of them, because its CloudFormation knows no sums;
- names of its APIs resolve to this machine, because nothing else knows them.

The templates themselves are judged in tests/infra.
"""

import io
import json
import socket
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
from botocore.exceptions import ClientError

from functions.manifest import Host
from tests.infra.templates import Templates, of_type, properties
from tools.cli.doctor.http_client import Answer
from tools.cli.target import Given, Target, find_target
from tools.devserver.events import HttpCall, http_event, read_answer
from tools.devserver.routing import match

HOSTS = {"Auth": Host.AUTH, "Api": Host.API}
ACCOUNT, REGION = "000000000000", "us-east-1"
_BUCKET = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"


@dataclass
class LocalDeployment:
    """The stacks in a ministack at `url`. wheels: the layer that stands in for the built one.

    templates: those that were deployed last. outputs: of all stacks, by output key.
    """

    url: str
    wheels: Path
    outputs: dict[str, str] = field(default_factory=dict)
    templates: Templates = field(init=False)

    def client(self, service: str) -> Any:
        return boto3.session.Session().client(service, endpoint_url=self.url, region_name=REGION)

    def deploy(self, templates: Templates) -> None:
        """Upload the assets, create both stacks. Raises RuntimeError with the reason."""
        self.client("s3").create_bucket(Bucket=_BUCKET)
        self.client("ssm").put_parameter(
            Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String"
        )
        self._deploy(templates, "create_stack")

    def update(self, templates: Templates) -> None:
        """Deploy other templates over those that are there. Raises RuntimeError."""
        self._deploy(templates, "update_stack")

    def _deploy(self, templates: Templates, operation: str) -> None:
        self.templates = templates
        for asset in templates.folder.glob("asset.*"):
            name = f"{asset.name.removeprefix('asset.')}.zip"
            self._upload(name, _zipped(self.wheels if name == self._wheels_asset() else asset))
        for part in ("state", "app", "watch"):
            if templates.has(part):
                self._stack(operation, part)
        self._protect_tables(templates.state)

    def _protect_tables(self, template: Mapping[str, Any]) -> None:
        dynamodb = self.client("dynamodb")
        for table in properties(template, "DynamoDB::Table"):
            dynamodb.update_continuous_backups(
                TableName=table["TableName"],
                PointInTimeRecoverySpecification=table["PointInTimeRecoverySpecification"],
            )
            if ttl := table.get("TimeToLiveSpecification"):
                dynamodb.update_time_to_live(
                    TableName=table["TableName"], TimeToLiveSpecification=ttl
                )

    def call(self, method: str, address: str, **extra: Any) -> httpx.Response:
        """Send a request to a deployed API; ministack tells them apart by the address."""
        parts, port = urlsplit(address), urlsplit(self.url).port
        api = parts.netloc.partition(".")[0]
        own = {"host": f"{api}.execute-api.127.0.0.1:{port}"}
        query = f"?{parts.query}" if parts.query else ""
        return httpx.request(
            method,
            f"{self.url}{parts.path}{query}",
            headers=own | extra.pop("headers", {}),
            timeout=60,
            **extra,
        )

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """Send what the doctor asks."""
        if method == "OPTIONS":
            return self._preflight(url, headers or {})
        came = self.call(method, url, headers=dict(headers or {}), content=body or None)
        return Answer(
            came.status_code, {k.lower(): v for k, v in came.headers.items()}, came.content
        )

    def mails(self, to: str) -> list[dict[str, Any]]:
        """Every mail that SES took for an address, oldest first, with `Source`, `Subject`,
        `BodyText` and `BodyHtml`."""
        kept = httpx.get(f"{self.url}/_ministack/ses/messages", timeout=60).json()["messages"]
        return [mail for mail in kept.get(ACCOUNT, []) if mail["To"] == [to]]

    def resolve(self, host: str, _: object) -> str:
        """Know the names of its APIs, and no others."""
        if host not in {urlsplit(self.outputs[f"{api}BaseUrl"]).hostname for api in HOSTS}:
            raise socket.gaierror(f"{host} is unknown")
        return "127.0.0.1"

    def _preflight(self, url: str, headers: Mapping[str, str]) -> Answer:
        parts = urlsplit(url)
        host = next(HOSTS[api] for api in HOSTS if url.startswith(self.outputs[f"{api}BaseUrl"]))
        found = match(host, parts.path)
        call = HttpCall("OPTIONS", parts.path, list(headers.items()))
        ran = self.client("lambda").invoke(
            FunctionName=f"{self.templates.prefix}-{found.room.name}:live",
            Payload=json.dumps(http_event(call, found, host)).encode(),
        )
        answer = read_answer(json.loads(ran["Payload"].read()))
        return Answer(answer.status, answer.headers, answer.body)

    def target(self, **given: Any) -> Target:
        """The deployment as an operator's command line finds it: by its names and outputs."""
        return find_target(Given(region=REGION, endpoint_url=self.url, **given))

    def _wheels_asset(self) -> str:
        for layer in of_type(self.templates.app, "Lambda::LayerVersion").values():
            if "wheels" in layer["Properties"]["Description"]:
                return str(layer["Properties"]["Content"]["S3Key"])
        raise LookupError("no layer of wheels")

    def _upload(self, name: str, body: bytes) -> None:
        self.client("s3").put_object(Bucket=_BUCKET, Key=name, Body=body)

    def _stack(self, operation: str, part: str) -> None:
        stack, template = f"{self.templates.prefix}-{part}", getattr(self.templates, part)
        self._upload(f"{stack}.json", json.dumps(_made_up_for(template)).encode())
        formation = self.client("cloudformation")
        try:
            getattr(formation, operation)(
                StackName=stack,
                TemplateURL=f"{self.url}/{_BUCKET}/{stack}.json",
                Capabilities=["CAPABILITY_IAM"],
            )
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise
        made = _settled(formation, stack)
        if made["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            events = formation.describe_stack_events(StackName=stack)["StackEvents"]
            reasons = [e for e in events if e["ResourceStatus"].endswith("FAILED")]
            raise RuntimeError(f"{stack}: {made['StackStatus']}: {reasons}")
        self.outputs |= {each["OutputKey"]: each["OutputValue"] for each in made.get("Outputs", [])}


def _settled(formation: Any, stack: str, within_s: float = 60) -> dict[str, Any]:
    give_up = time.monotonic() + within_s
    while time.monotonic() < give_up:
        found: dict[str, Any] = formation.describe_stacks(StackName=stack)["Stacks"][0]
        if "IN_PROGRESS" not in found["StackStatus"]:
            return found
        time.sleep(0.05)  # another process is at work
    raise RuntimeError(f"{stack} was not made within {within_s} s")


def _made_up_for(template: Mapping[str, Any]) -> dict[str, Any]:
    outputs = template.get("Outputs", {})
    kept = {name: each for name, each in outputs.items() if not name.startswith("DkimRecord")}
    made_up_for = {**_for_any_sender(_without_contexts(template)), "Outputs": kept}
    for name, resource in made_up_for["Resources"].items():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            _look_at_one_metric(resource["Properties"])
        if resource["Type"] == "AWS::SecretsManager::Secret":
            del resource["Properties"]["ReplicaRegions"]
            for output in kept.values():
                if output["Value"] == {"Ref": name}:
                    output["Value"] = {"Fn::GetAtt": [name, "Id"]}
    return made_up_for


def _look_at_one_metric(alarm: dict[str, Any]) -> None:
    summed = [each for each in alarm.pop("Metrics", []) if "MetricStat" in each]
    if summed:
        first = summed[0]["MetricStat"]
        alarm |= {**first["Metric"], "Period": first["Period"], "Statistic": first["Stat"]}


def _without_contexts(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_contexts(item)
            for key, item in value.items()
            if not (key == "Condition" and "kms:EncryptionContext" in json.dumps(item))
        }
    return [_without_contexts(item) for item in value] if isinstance(value, list) else value


def _for_any_sender(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get("Action") == "ses:SendEmail":
            return {"Action": value["Action"], "Effect": value["Effect"], "Resource": "*"}
        return {key: _for_any_sender(item) for key, item in value.items()}
    return [_for_any_sender(item) for item in value] if isinstance(value, list) else value


def _zipped(folder: Path) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        for path in folder.rglob("*"):
            if path.is_file():
                files.write(path, path.relative_to(folder))
    return archive.getvalue()
