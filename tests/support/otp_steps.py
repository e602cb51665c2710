"""The steps of a sign-in by one-time password, over real rooms."""

import json
import re
from dataclasses import dataclass
from typing import Any

from tests.support.platform import Answer, Platform
from tests.support.sign_in import SignIn, new_sign_in
from tools.devserver.outbox import Mail

METHODS = ("webauthn_passkey", "email_one_time_password")
_CODE = re.compile(r"^    (\d{6})$", re.MULTILINE)


@dataclass
class OtpSignIn:
    """An application whose config offers one-time passwords, and a person with an address."""

    sign_in: SignIn

    @property
    def platform(self) -> Platform:
        return self.sign_in.platform

    @property
    def address(self) -> str:
        return self.sign_in.identity.email

    def ask(self, request: str, address: str = "", /, **more: Any) -> Answer:
        body = {"request": request, "email": address or self.address} | more
        return self.platform.call("POST", f"{self.sign_in.issuer}/otp", json=body)

    def session(self, request: str, address: str = "") -> str:
        """Ask for a code, let the mail go out, and return the session."""
        answer = self.ask(request, address)
        assert answer.status == 200, answer.text
        self.platform.run_accepted()
        return str(answer.json()["otp_session"])

    def mailed_code(self) -> str:
        return code_in(self.platform.mails[-1])

    def redeem(self, request: str, session: str, code: str, /, **more: Any) -> Answer:
        body = {"request": request, "otp_session": session, "code": code} | more
        return self.platform.call("POST", f"{self.sign_in.issuer}/otp/redeem", json=body)

    def redeemed(self, **parameters: str | None) -> dict[str, Any]:
        """Walk from authorize to the answer of a right code."""
        request = self.sign_in.request(**parameters)
        session = self.session(request)
        answer = self.redeem(request, session, self.mailed_code())
        assert answer.status == 200, answer.text
        members: dict[str, Any] = json.loads(answer.text)
        return members

    def forget_passkeys(self) -> None:
        """Make the person one who has no passkey yet."""
        self.sign_in.change_identity(passkeys=())

    def bind(self, token: str) -> Answer:
        url = f"{self.sign_in.issuer}/credential-binding-jobs"
        return self.platform.call("POST", url, token=token)


def new_otp_sign_in(platform: Platform, **application: Any) -> OtpSignIn:
    made = new_sign_in(platform, **application)
    made.change_config(authentication_methods=METHODS)
    return OtpSignIn(made)


def code_in(mail: Mail) -> str:
    """Return the one code of a mail's text."""
    (code,) = _CODE.findall(mail.text)
    assert code in mail.html
    assert code not in mail.subject
    return str(code)


def other_code(code: str, number: int = 1) -> str:
    """Return a code that is not this one."""
    return f"{(int(code) + number) % 10**6:06d}"
