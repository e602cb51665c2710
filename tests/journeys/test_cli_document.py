"""Every command of docs/cli.md that is marked to run, runs, in its order, in one shell."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.dev_server import running_dev_server
from tests.support.http_journey import Browser
from tests.support.software_authenticator import SoftwareAuthenticator

DOCUMENT = (Path(__file__).parents[2] / "docs/cli.md").read_text("utf-8")
BLOCKS = re.findall(r"<!-- run -->\n```sh\n(.*?)```", DOCUMENT, re.DOTALL)


def test_the_commands_of_the_page_work_and_their_link_binds_a_passkey(tmp_path: Path) -> None:
    with running_dev_server(tmp_path) as ready:
        folder = Path(sys.executable).parent
        known = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "KEYBOUND_"))}
        done = subprocess.run(
            ["bash", "-c", "set -eu\n" + "\n".join(BLOCKS) + '\necho "LINK=$LINK"'],
            cwd=tmp_path,
            env=known | {"PATH": f"{folder}:{known['PATH']}", "XDG_CONFIG_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        secret = ready["management"]["client_secret"]
        assert secret not in done.stdout + done.stderr
        link = re.search(r"^LINK=(http.+)$", done.stdout, re.MULTILINE)
        assert link is not None, done.stdout
        bound = Browser(SoftwareAuthenticator(origin=ready["demo_app_url"])).bind(link[1])
        assert bound.status_code == 200, bound.text
    table = "NAME +CURRENT +API BASE URL +TENANT ID +REALM ID +SECRET"
    assert re.search(table, done.stdout) and re.search(table, DOCUMENT)


def test_every_command_for_people_is_on_the_page() -> None:
    from tools.cli.main import main

    for group in ("identity", "job", "credential", "app", "config", "realm", "profile"):
        found = main.get_command(None, group)  # type: ignore[arg-type]
        assert found is not None
        for name in found.commands:  # type: ignore[attr-defined]
            assert re.search(rf"\b{group}\b.*\b{name}\b", DOCUMENT), f"{group} {name}"
