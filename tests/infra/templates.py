"""The synthesised templates, and the few intrinsic functions they use, resolved."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions.manifest import ROOMS, Room

Resource = Mapping[str, Any]

PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "123456789012",
    "AWS::URLSuffix": "amazonaws.com",
}


@dataclass(frozen=True)
class Templates:
    """A cloud assembly: its templates and the folder they lie in."""

    folder: Path
    prefix: str = "keybound-prod"
    signing_mode: str = "kms"

    @property
    def rooms(self) -> list[Room]:
        """Those of the manifest that exist in this signing mode."""
        return [room for room in ROOMS if room.signing_mode in ("", self.signing_mode)]

    @property
    def state(self) -> dict[str, Any]:
        return self._read("state")

    @property
    def app(self) -> dict[str, Any]:
        return self._read("app")

    @property
    def watch(self) -> dict[str, Any]:
        return self._read("watch")

    @property
    def edge(self) -> dict[str, Any]:
        return self._read("edge")

    def has(self, part: str) -> bool:
        """Whether this optional stack was asked for."""
        return (self.folder / f"{self.prefix}-{part}.template.json").exists()

    def _read(self, part: str) -> dict[str, Any]:
        path = self.folder / f"{self.prefix}-{part}.template.json"
        template: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return template

    def resolve(self, value: Any) -> Any:
        """Replace intrinsic functions: a resource stands as its logical id, `Id.Attribute`."""
        match value:
            case {"Ref": name}:
                return PSEUDO.get(name, name)
            case {"Fn::GetAtt": [name, attribute]}:
                return f"{name}.{attribute}"
            case {"Fn::Join": [separator, parts]}:
                return separator.join(self.resolve(part) for part in parts)
            case {"Fn::ImportValue": name}:
                return self._exported(name)
            case dict():
                return {key: self.resolve(item) for key, item in value.items()}
            case list():
                return [self.resolve(item) for item in value]
        return value

    def _exported(self, name: str) -> str:
        for output in self.state["Outputs"].values():
            exported = output.get("Export", {}).get("Name")
            if exported == name or f"{self.prefix}-state:{exported}" == name:
                return str(self.resolve(output["Value"]))
        raise LookupError(f"no export {name}")


def of_type(template: Mapping[str, Any], kind: str) -> dict[str, Resource]:
    """Resources of a type (`Lambda::Function`) by logical id."""
    return {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] == f"AWS::{kind}"
    }


def properties(template: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    return [dict(resource["Properties"]) for resource in of_type(template, kind).values()]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def every_statement(template: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every IAM statement anywhere in a template, with the type of the resource it is in."""
    for resource in template["Resources"].values():
        for found in _statements(resource["Properties"]):
            yield resource["Type"], found


def _statements(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "Effect" in value and ("Action" in value or "NotAction" in value):
            yield value
        for item in value.values():
            yield from _statements(item)
    elif isinstance(value, list):
        for item in value:
            yield from _statements(item)
