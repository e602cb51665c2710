"""Many threads, one conditional write: how often it succeeded."""

import threading
from typing import Any

from botocore.exceptions import ClientError


def create_race_table(dynamodb: Any) -> None:
    dynamodb.create_table(
        TableName="races",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def winners_of_a_race(dynamodb: Any, key: str, runners: int) -> int:
    """Number of `runners` whose put of the same new item succeeded, all started together."""
    start = threading.Barrier(runners)
    won: list[int] = []
    failures: list[BaseException] = []

    def run(runner: int) -> None:
        start.wait()
        try:
            dynamodb.put_item(
                TableName="races",
                Item={"pk": {"S": key}},
                ConditionExpression="attribute_not_exists(pk)",
            )
            won.append(runner)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                failures.append(error)

    threads = [threading.Thread(target=run, args=(runner,)) for runner in range(runners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return len(won)
