"""How long tokens of a deployment may live, whatever an application asks for."""

from dataclasses import dataclass, replace

from keybound.domain.application import DAY_S, LONGEST_REFRESH_S, Application


@dataclass(frozen=True)
class TokenLimits:
    """Seconds. A limit that is lowered holds for applications that were made before, too.

    access_s: of access tokens; never more than a day, which is what the waits of a rotation of
    signing keys are made for. refresh_s: of a refresh token, and of all that follow from one login.
    """

    access_s: int = DAY_S
    refresh_s: int = LONGEST_REFRESH_S

    def applied_to(self, application: Application) -> Application:
        """Return the application with no lifetime above these."""
        access = min(application.expires_after, self.access_s)
        refresh = min(application.refresh_token_expires_after, self.refresh_s)
        if (access, refresh) == (
            application.expires_after,
            application.refresh_token_expires_after,
        ):
            return application
        return replace(application, expires_after=access, refresh_token_expires_after=refresh)
