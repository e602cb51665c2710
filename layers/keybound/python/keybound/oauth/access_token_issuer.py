"""Access tokens in the format that their application says: signed, or kept and referred to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keybound.domain.application import REFERENTIAL, Application
from keybound.domain.login import LoginLocator
from keybound.oauth.codes import ACCESS, seal_locator
from keybound.oauth.ports import Seal, Signer
from keybound.oauth.referential import ReferentialTokens


@dataclass(frozen=True)
class AccessTokenIssuer:
    """Makes access tokens of both formats. Raises Unavailable."""

    signer: Signer
    seal: Seal
    referential: ReferentialTokens

    def issue(
        self, application: Application, content: Mapping[str, Any], login: LoginLocator | None
    ) -> str:
        """Return a token that says `content`: one signature, or one write.

        login: who stands behind it; the token leads there, sealed.
        """
        if application.token_format == REFERENTIAL:
            return self.referential.issue(content, login)
        if login is not None:
            sealed = seal_locator(self.seal, login, kind=ACCESS, issuer=content["iss"])
            content = {**content, "locator": sealed}
        alg = application.token_signing_algorithm
        return self.signer.sign(content, typ="at+jwt", alg=alg)
