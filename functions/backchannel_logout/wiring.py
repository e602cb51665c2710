"""What the room `backchannel_logout` needs, built once per process."""

from functools import cache

from keybound.edge.logout_delivery import LogoutDelivery
from keybound.edge.outbound import for_deployment
from keybound.oauth.backchannel_logout import BackchannelLogout
from keybound.storage.ended_sign_ins import AnnouncedEnds
from keybound.storage.logout_notices import NoticeOutbox

from functions import composition


@cache
def ports() -> BackchannelLogout:
    """Return the room's work. Raises SettingsError."""
    base = composition.settings().auth_base_url
    return BackchannelLogout(
        announcements=AnnouncedEnds(composition.directory(), composition.grants()),
        notices=NoticeOutbox(composition.grants()),
        configuration=composition.configuration(),
        signer=composition.signer(),
        delivery=LogoutDelivery(for_deployment(base)),
        clock=composition.clock,
        randomness=composition.randomness,
        auth_base_url=base,
    )
