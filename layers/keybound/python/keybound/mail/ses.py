"""Hands mails to SES, version 2 of its API."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from keybound.domain.mail import Delivery, Sending
from keybound.mail.message import Message

# What would be refused again as it is; everything else may pass later.
_REFUSALS = frozenset(
    {
        "AccountSuspendedException",
        "BadRequestException",
        "MailFromDomainNotVerifiedException",
        "MessageRejected",
        "NotFoundException",
        "SendingPausedException",
    }
)


class Ses:
    """`client` returns an SES v2 client; it is made lazily.

    configuration_set: what mail goes out by, so that bounces and complaints are told; may be empty
    in development.
    """

    def __init__(self, client: Callable[[], Any], configuration_set: str = "") -> None:
        self._client = client
        self._configuration_set = configuration_set

    def send(self, message: Message, tags: Mapping[str, str]) -> Sending:
        """Send it once and say what became of it; never raises for what SES does.

        tags: come back with every bounce and complaint; letters, digits, `_` and `-` only.
        """
        request: dict[str, Any] = {
            "FromEmailAddress": message.sender,
            "Destination": {"ToAddresses": [message.to]},
            "Content": {"Raw": {"Data": message.as_bytes()}},
            "EmailTags": [{"Name": name, "Value": value} for name, value in tags.items()],
        }
        if self._configuration_set:
            request["ConfigurationSetName"] = self._configuration_set
        try:
            self._client().send_email(**request)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            refused = code in _REFUSALS
            return Sending(Delivery.REFUSED if refused else Delivery.UNDECIDED, code)
        except BotoCoreError as error:
            return Sending(Delivery.UNDECIDED, type(error).__name__)
        return Sending(Delivery.ACCEPTED)
