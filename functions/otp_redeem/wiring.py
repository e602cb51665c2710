"""What the room `otp_redeem` is built from."""

from functools import cache

from keybound.oauth.new_login import NewLogins
from keybound.oauth.otp_redeem import OtpRedeem
from keybound.oauth.passkey_binding_token import PasskeyBindingTokens
from keybound.oauth.request_token import RequestTokens
from keybound.storage.address_owners import AddressOwners
from keybound.storage.contention import Contention
from keybound.storage.identities import Identities
from keybound.storage.logins import Logins
from keybound.storage.one_time_passwords import OneTimePasswords
from keybound.storage.pushed_requests import PushedRequests
from keybound.storage.subject_fields import SubjectFields

from functions import composition
from functions.otp_redeem.newcomers import NewIdentities


@cache
def ports() -> OtpRedeem:
    """Return the endpoint, wired once per process."""
    grants, directory = composition.grants(), composition.directory()
    contention = Contention(composition.randomness)
    return OtpRedeem(
        configuration=composition.configuration(),
        tokens=RequestTokens(composition.authenticator("request"), composition.sealer("request")),
        passwords=OneTimePasswords(grants),
        owners=AddressOwners(directory, contention),
        newcomers=NewIdentities(
            Identities(directory, contention), SubjectFields(directory), composition.randomness
        ),
        new_logins=NewLogins(
            Logins(grants),
            PushedRequests(grants),
            composition.sealer("locator"),
            composition.randomness,
        ),
        binding_tokens=PasskeyBindingTokens(composition.sealer("otp")),
        mac=composition.authenticator("otp"),
        clock=composition.clock,
        auth_base_url=composition.settings().auth_base_url,
    )
