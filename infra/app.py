"""The CDK app: `python -m infra.app` writes the templates, offline and without credentials.

Settings come from cdk.json and, when the CDK's command line runs this, from its `-c`.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from functions.manifest import ROOMS, Room
from infra.components.layers import find_package, find_wheels
from infra.names import names_of
from infra.settings import PREFIX, SettingsError, from_context
from infra.stacks.app import AppStack
from infra.stacks.edge import EdgeStack
from infra.stacks.state import StateStack
from infra.stacks.watch import WatchStack

REPOSITORY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Deployment:
    """The app and its stacks, ready to synthesise."""

    app: App
    state: StateStack
    serving: AppStack


def build(
    context: Mapping[str, Any],
    outdir: str,
    *,
    rooms: Sequence[Room] = ROOMS,
    root: Path = REPOSITORY,
    build_folder: Path = REPOSITORY / "build",
) -> Deployment:
    """Make the stacks: state and app, and what is optional.

    What the CDK's command line was given with `-c` wins over `context`. Raises SettingsError.
    """
    app = App(context=dict(context), outdir=outdir, analytics_reporting=False)
    settings = from_context(app.node.try_get_context, app.node.get_all_context())
    names = names_of(settings)
    state = StateStack(app, settings, names)
    deployed = [room for room in rooms if room.signing_mode in ("", settings.signing_mode)]
    serving = AppStack(
        app,
        settings,
        names,
        rooms=deployed,
        keys=state.keys,
        wheels=find_wheels(root, build_folder),
        package=find_package(root, build_folder),
        root=root,
    )
    serving.add_stack_dependency(state, "its functions read the tables")
    if settings.edge:
        edge = EdgeStack(app, settings, names)
        edge.add_stack_dependency(state, "it refers to the origin secret")
        serving.add_stack_dependency(edge, "it asks for the secret that CloudFront shows")
    if settings.watch:
        watching = WatchStack(app, settings, names, rooms=deployed)
        watching.add_stack_dependency(serving, "its filters read the log groups")
    Validations.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True))
    return Deployment(app, state, serving)


def main() -> int:
    """Synthesise into CDK_OUTDIR, else cdk.out. Settings that are wrong give 2."""
    context = json.loads((REPOSITORY / "cdk.json").read_text("utf-8"))["context"]
    outdir = os.environ.get("CDK_OUTDIR", str(REPOSITORY / "cdk.out"))
    try:
        deployment = build(context, outdir)
    except SettingsError as error:
        print(f"settings ({PREFIX}… in cdk.json, or -c):\n{error}", file=sys.stderr)
        return 2
    deployment.app.synth()
    for problem in deployment.serving.problems:
        print(f"not deployable yet: {problem}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
