"""COSE_Key: each algorithm has its key type, its curve and exactly its members."""

from typing import Any

import cbor2
import pytest
from keybound.ceremonies.public_key import check_public_key

from tests.support.ceremony import refused_step
from tests.support.cose_keys import EDDSA, ES256, RS256, new_key

EC: dict[Any, Any] = cbor2.loads(new_key(ES256).public)
OKP: dict[Any, Any] = cbor2.loads(new_key(EDDSA).public)
RSA: dict[Any, Any] = cbor2.loads(new_key(RS256).public)


@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256])
def test_a_good_key_tells_its_algorithm(algorithm: int) -> None:
    assert check_public_key(new_key(algorithm).public) == algorithm


@pytest.mark.parametrize("size", [2048, 4096])
@pytest.mark.parametrize("exponent", [b"\x03", b"\x01\x00\x01", b"\x01\x00\x00\x01"])
def test_rsa_keys_of_usual_sizes_are_accepted(size: int, exponent: bytes) -> None:
    key = RSA | {-1: b"\xff" * (size // 8), -2: exponent}
    assert check_public_key(cbor2.dumps(key)) == RS256


@pytest.mark.parametrize(
    "key",
    [
        EC | {1: 1},
        EC | {-1: 2},
        EC | {-1: 3},
        EC | {-1: True},
        EC | {-2: EC[-2] + b"\x00"},
        EC | {-2: EC[-2][:31]},
        EC | {-3: bytes(32)},
        EC | {-3: True},
        EC | {-2: "x" * 32},
        EC | {2: b"key id"},
        EC | {-4: b"private part"},
        {name: value for name, value in EC.items() if name != -3},
        {name: value for name, value in EC.items() if name != 1},
        OKP | {-1: 4},
        OKP | {1: 2},
        OKP | {-2: b"x" * 31},
        OKP | {-3: b"x" * 32},
        RSA | {1: 2},
        RSA | {-1: b"\xff" * 128},
        RSA | {-1: b"\xff" * 513},
        RSA | {-1: b""},
        RSA | {-2: b""},
        RSA | {-2: b"\x01"},
        RSA | {-2: b"\x02"},
        RSA | {-2: b"\x01\x00\x00\x00\x01"},
        RSA | {-2: 65537},
    ],
)
def test_members_that_do_not_fit_the_algorithm_are_refused(key: dict[Any, Any]) -> None:
    """WebAuthn L3 §5.8.5: the curve is fixed; §6.5.1.1: no other members; points are on it."""
    assert refused_step(check_public_key, cbor2.dumps(key)) == "public_key"


@pytest.mark.parametrize("algorithm", [-35, -36, -37, -258, -65535, 7, None, "ES256", b"", [-7]])
def test_another_algorithm_is_refused(algorithm: object) -> None:
    assert refused_step(check_public_key, cbor2.dumps(EC | {3: algorithm})) == "algorithm"


@pytest.mark.parametrize("encoded", [b"", b"\x80", b"\x01", b"\xff", b"\xa1", b"\x04" * 65])
def test_what_is_no_map_is_refused(encoded: bytes) -> None:
    assert refused_step(check_public_key, encoded) == "public_key"
