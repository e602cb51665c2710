"""One DynamoDB table behind the few calls Keybound makes, with their failures named.

Every read that decides is consistent. Every conditional write carries an attempt id in the item:
botocore repeats a write whose answer was lost, and a failed condition whose returned item carries
this attempt's id is a success. Unprocessed keys of a batch are asked for again, then given up
with Unavailable: never taken as absent.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from keybound.domain.errors import Unavailable
from keybound.storage.codec import Item
from keybound.storage.keys import Key
from keybound.storage.wire import from_wire, to_wire

_BATCH_TRIES = 3


class ConditionFailed(Exception):
    """A conditional write did not apply; `item` is what was stored, or None if nothing was."""

    def __init__(self, item: Item | None) -> None:
        super().__init__("condition failed")
        self.item = item


class TransactionFailed(Exception):
    """A transaction did not apply. `reasons` has a code a write; `items` what was stored there."""

    def __init__(self, reasons: tuple[str, ...], items: tuple[Item | None, ...]) -> None:
        super().__init__(",".join(reasons))
        self.reasons = reasons
        self.items = items


class Contended(Unavailable):
    """Another transaction held an item just then; nothing was written (TransactionConflict)."""


@contextmanager
def named_failures() -> Iterator[None]:
    """Turn what boto3 raises into ConditionFailed, TransactionFailed or Unavailable."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code == "ConditionalCheckFailedException":
            stored = error.response.get("Item")
            raise ConditionFailed(from_wire(stored) if stored else None) from error
        if code == "TransactionCanceledException":
            raise _cancelled(error) from error
        kind = Contended if code == "TransactionConflictException" else Unavailable
        raise kind(detail=f"dynamodb {code}") from error
    except BotoCoreError as error:
        raise Unavailable(detail=f"dynamodb {type(error).__name__}") from error


class Table:
    """A table of either kind. `client` returns a low-level DynamoDB client; it is made lazily."""

    def __init__(self, client: Callable[[], Any], name: str) -> None:
        self._client = client
        self.name = name

    def get(self, key: Key) -> Item | None:
        """Read one item, consistently."""
        with named_failures():
            answer = self._client().get_item(
                TableName=self.name, Key=to_wire(key._asdict()), ConsistentRead=True
            )
        return from_wire(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Sequence[Key]) -> list[Item | None]:
        """Read up to 100 items of this table in one consistent batch, in the order asked for."""
        return batch_get(self._client, {self.name: keys})[self.name] if keys else []

    def put(self, item: Item, condition: str = "", **extra: Any) -> None:
        """Write a whole item. Raises ConditionFailed."""
        self._write("put_item", {"Item": to_wire(item)}, condition, extra)

    def update(self, key: Key, expression: str, condition: str = "", **extra: Any) -> Item:
        """Change one item and return all of it as it is then. Raises ConditionFailed.

        extra: `names` and `values` of the expressions, in plain form.
        """
        members = {
            "Key": to_wire(key._asdict()),
            "UpdateExpression": expression,
            "ReturnValues": "ALL_NEW",
        }
        answer = self._write("update_item", members, condition, extra)
        return from_wire(answer.get("Attributes", {}))

    def delete(self, key: Key, condition: str = "", **extra: Any) -> None:
        """Remove one item. Raises ConditionFailed."""
        self._write("delete_item", {"Key": to_wire(key._asdict())}, condition, extra)

    def query(
        self,
        key_condition: str,
        values: Mapping[str, Any],
        *,
        index: str = "",
        limit: int | None = None,
        start: Mapping[str, Any] | None = None,
        names: Mapping[str, str] | None = None,
        newest_first: bool = False,
    ) -> tuple[list[Item], Item | None]:
        """Return one page and the key to go on from, or None. Index reads are not consistent and
        never decide anything."""
        members: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": key_condition,
            "ExpressionAttributeValues": to_wire(values),
        }
        members |= {"IndexName": index} if index else {"ConsistentRead": True}
        members |= {"ScanIndexForward": False} if newest_first else {}
        members |= {"Limit": limit} if limit else {}
        members |= {"ExclusiveStartKey": to_wire(start)} if start else {}
        members |= {"ExpressionAttributeNames": dict(names)} if names else {}
        with named_failures():
            answer = self._client().query(**members)
        last = answer.get("LastEvaluatedKey")
        return [from_wire(item) for item in answer["Items"]], from_wire(last) if last else None

    def query_all(self, key_condition: str, values: Mapping[str, Any]) -> list[Item]:
        """Return every item of a small partition."""
        items, start = self.query(key_condition, values)
        while start:
            more, start = self.query(key_condition, values, start=start)
            items += more
        return items

    def transact(self, writes: Sequence[Mapping[str, Any]], attempt_id: str) -> None:
        """Apply all `writes` or none. Raises TransactionFailed.

        writes: as made by `put_write`, `update_write`, `delete_write`, `check_write`.
        attempt_id: the ClientRequestToken, so that a repeat of a lost answer applies once.
        """
        with named_failures():
            self._client().transact_write_items(
                TransactItems=list(writes), ClientRequestToken=attempt_id
            )

    def put_write(self, item: Item, condition: str = "", **extra: Any) -> dict[str, Any]:
        return {"Put": self._members({"Item": to_wire(item)}, condition, extra)}

    def update_write(
        self, key: Key, expression: str, condition: str = "", **extra: Any
    ) -> dict[str, Any]:
        members = {"Key": to_wire(key._asdict()), "UpdateExpression": expression}
        return {"Update": self._members(members, condition, extra)}

    def delete_write(self, key: Key, condition: str = "", **extra: Any) -> dict[str, Any]:
        return {"Delete": self._members({"Key": to_wire(key._asdict())}, condition, extra)}

    def check_write(self, key: Key, condition: str, **extra: Any) -> dict[str, Any]:
        members = {"Key": to_wire(key._asdict())}
        return {"ConditionCheck": self._members(members, condition, extra)}

    def _write(
        self, call: str, members: dict[str, Any], condition: str, extra: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        request = self._members(members, condition, extra)
        with named_failures():
            answer: Mapping[str, Any] = getattr(self._client(), call)(**request)
        return answer

    def _members(
        self, members: dict[str, Any], condition: str, extra: Mapping[str, Any]
    ) -> dict[str, Any]:
        request = {"TableName": self.name, **members}
        if condition:
            request["ConditionExpression"] = condition
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if extra.get("names"):
            request["ExpressionAttributeNames"] = dict(extra["names"])
        if extra.get("values"):
            request["ExpressionAttributeValues"] = to_wire(extra["values"])
        return request


def batch_get(
    client: Callable[[], Any], wanted: Mapping[str, Sequence[Key]]
) -> dict[str, list[Item | None]]:
    """Read items of several tables in one consistent batch; each list is in the order asked for.

    Raises Unavailable when keys stay unprocessed: an unread item is not an absent one.
    """
    pending: dict[str, Any] = {
        name: {"Keys": [to_wire(k._asdict()) for k in dict.fromkeys(keys)], "ConsistentRead": True}
        for name, keys in wanted.items()
        if keys
    }
    found: dict[tuple[str, Key], Item] = {}
    for _ in range(_BATCH_TRIES):
        with named_failures():
            answer = client().batch_get_item(RequestItems=pending)
        for name, items in answer["Responses"].items():
            for item in map(from_wire, items):
                found[name, Key(item["pk"], item["sk"])] = item
        pending = answer.get("UnprocessedKeys") or {}
        if not pending:
            return {n: [found.get((n, key)) for key in keys] for n, keys in wanted.items()}
    raise Unavailable(detail="dynamodb unprocessed keys")


def _cancelled(error: ClientError) -> Exception:
    reasons: list[Mapping[str, Any]] = error.response.get("CancellationReasons", [])
    codes = tuple(str(reason.get("Code", "None")) for reason in reasons)
    if set(codes) <= {"None", "ConditionalCheckFailed"} and "ConditionalCheckFailed" in codes:
        items = tuple(from_wire(r["Item"]) if r.get("Item") else None for r in reasons)
        return TransactionFailed(codes, items)
    kind = Contended if "TransactionConflict" in codes else Unavailable
    return kind(detail=f"dynamodb transaction {','.join(codes)}")
