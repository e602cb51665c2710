"""A cloud inside this process: moto, with the tables and keys a deployment would have made.

Nothing survives it, and no real account can be reached from it. moto lets two threads win one
conditional write, so its answers are given one at a time.
"""

import functools
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

DIRECTORY_TABLE = "keybound-directory"
GRANTS_TABLE = "keybound-grants"
REGION = "us-east-1"
SENDER = "no-reply@keybound.example"
CONFIGURATION_SET = "keybound-dev"

_FAKE_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@dataclass(frozen=True)
class CloudKeys:
    """Ids of the KMS keys: one wraps sealing keys, the others sign (RS256 first, then ES256)."""

    sealing_key_id: str
    signing_key_ids: tuple[str, ...]


def forget_real_accounts(environment: dict[str, str] | os._Environ[str] = os.environ) -> None:
    """Put fake credentials in place of whatever the machine has, end points included."""
    for name in [name for name in environment if name.startswith("AWS_")]:
        del environment[name]
    environment.update(_FAKE_ACCOUNT)


def start_moto() -> Callable[[], None]:
    """Start moto, empty; return what stops it."""
    from moto import mock_aws

    from tools.devserver import quick_moto

    _answer_one_at_a_time()
    quick_moto.install()
    mock = mock_aws()
    mock.start()
    return mock.stop


def create_tables(dynamodb: Any) -> None:
    """Make both tables as `keybound.storage.schema` describes them."""
    from keybound.storage import schema

    dynamodb.create_table(**schema.directory_table(DIRECTORY_TABLE))
    dynamodb.create_table(**schema.grants_table(GRANTS_TABLE))
    dynamodb.update_time_to_live(
        TableName=GRANTS_TABLE,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": schema.TTL_ATTRIBUTE},
    )


def create_keys(kms: Any) -> CloudKeys:
    """Make the KMS keys that the CDK app makes in a deployment."""

    def key(spec: str, usage: str) -> str:
        answer = kms.create_key(KeySpec=spec, KeyUsage=usage)
        return str(answer["KeyMetadata"]["KeyId"])

    return CloudKeys(
        key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
        (key("RSA_2048", "SIGN_VERIFY"), key("ECC_NIST_P256", "SIGN_VERIFY")),
    )


def create_sender(ses: Any) -> None:
    """Make the address that mail comes from, which SES wants to know, and how it goes out."""
    ses.create_email_identity(EmailIdentity=SENDER)
    ses.create_configuration_set(ConfigurationSetName=CONFIGURATION_SET)


def room_environment(
    keys: CloudKeys, *, auth_base_url: str, api_base_url: str
) -> Mapping[str, str]:
    """Return the settings that every room reads; nothing is cached, so changes show at once."""
    return {
        "KEYBOUND_AUTH_BASE_URL": auth_base_url,
        "KEYBOUND_API_BASE_URL": api_base_url,
        "KEYBOUND_DIRECTORY_TABLE": DIRECTORY_TABLE,
        "KEYBOUND_GRANTS_TABLE": GRANTS_TABLE,
        "KEYBOUND_SEALING_KEY_ID": keys.sealing_key_id,
        "KEYBOUND_CACHE_TTL_S": "0",
        "KEYBOUND_MAIL_SENDER": SENDER,
        "KEYBOUND_MAIL_CONFIGURATION_SET": CONFIGURATION_SET,
        "KEYBOUND_OTP_MAIL_FUNCTION": "otp_mail",
    }


def _answer_one_at_a_time() -> None:
    from moto.core.botocore_stubber import BotocoreStubber

    answer = BotocoreStubber.__call__
    if hasattr(answer, "__wrapped__"):
        return
    lock = threading.RLock()

    @functools.wraps(answer)
    def answer_alone(*args: Any, **kwargs: Any) -> Any:
        with lock:
            return answer(*args, **kwargs)

    BotocoreStubber.__call__ = answer_alone  # type: ignore[method-assign]
