"""What became of handing a mail to the mail service."""

from dataclasses import dataclass
from enum import Enum


class Delivery(Enum):
    """ACCEPTED: the service took it. REFUSED: it said no, and would say no again.
    UNDECIDED: it was throttled, failed or gave no answer, so the mail may be on its way or not."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Sending:
    """One attempt. reason: the service's own code for what went wrong, empty when accepted."""

    delivery: Delivery
    reason: str = ""
