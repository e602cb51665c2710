"""Which addresses can be mailed, and when two are one."""

import pytest
from keybound.domain.email_address import is_mailable, same_address, same_mailbox


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example",
        "ada.lovelace+x@mail.example.com",
        "o'brien@example.ie",
        "a@xn--bcher-kva.example",
    ],
)
def test_ordinary_addresses_can_be_mailed(address: str) -> None:
    assert is_mailable(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "a@",
        "@b.example",
        "a@b",
        ".a@b.example",
        "a.@b.example",
        "a..b@c.example",
        "a b@c.example",
        "a@b.example\n",
        "a@b.example\r\nBcc: x@y.example",
        "a@b.example, c@d.example",
        "Ada <a@b.example>",
        '"a b"@c.example',
        "a@[127.0.0.1]",
        "a@-b.example",
        "a@b_c.example",
        "ä@b.example",
        "a@bücher.example",
        f"{'a' * 65}@b.example",
        f"a@{'b.' * 130}example",
    ],
)
def test_nothing_else_can(address: str) -> None:
    assert not is_mailable(address)


@pytest.mark.parametrize("other", ["ADA@Example.COM", " ada@example.com ", "ａｄａ@example.com"])
def test_spellings_of_one_address_are_one(other: str) -> None:
    assert same_address(other) == same_address("ada@example.com")


def test_a_tag_makes_another_address_but_not_another_mailbox() -> None:
    """T16: case variants, spaces around it and plus-tags count as one recipient."""
    assert same_address("ada+x@example.com") != same_address("ada@example.com")
    for each in ("ada+x@example.com", "Ada+Y+z@EXAMPLE.com", " ada@example.com"):
        assert same_mailbox(each) == "ada@example.com"


def test_dots_before_the_at_sign_make_another_address_but_not_another_mailbox() -> None:
    """T16: some of the largest providers put them all into one inbox."""
    assert same_address("a.da@example.com") != same_address("ada@example.com")
    for each in ("a.da@example.com", "a.d.a+x@example.com", "ad.a@EXAMPLE.com"):
        assert same_mailbox(each) == "ada@example.com"
    assert same_mailbox("ada@exam.ple.com") != same_mailbox("ada@example.com")
