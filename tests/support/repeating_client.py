"""A DynamoDB client whose every write reaches the table twice, as when an answer was lost."""

from typing import Any

WRITES = frozenset({"put_item", "update_item", "delete_item", "transact_write_items"})


class RepeatingClient:
    """Sends each write, forgets the answer, and sends the very same again, as botocore does."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        if name not in WRITES:
            return call

        def twice(**members: Any) -> Any:
            call(**members)
            return call(**members)

        return twice
