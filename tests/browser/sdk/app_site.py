"""The app's own site: blank pages and the SDK's modules, under a policy that knows no HTML sink."""

from tests.browser.sdk.loopback import Answer, Request
from tests.support.sources import REPOSITORY

SDK = REPOSITORY / "web" / "sdk"
PAGE = b"""<!doctype html><meta charset="utf-8"><title>App</title>
<label>Name <input name="username" autocomplete="username webauthn"></label>"""
#: Trusted Types make any write to innerHTML and its like throw.
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src *; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


class AppSite:
    def answer(self, request: Request) -> Answer:
        if not request.path.startswith("/sdk/"):
            return Answer(
                PAGE, headers={"Content-Type": "text/html", "Content-Security-Policy": POLICY}
            )
        module = SDK / request.path.removeprefix("/sdk/")
        if module.parent != SDK or not module.is_file():
            return Answer(b"", 404)
        return Answer(module.read_bytes(), headers={"Content-Type": "text/javascript"})
