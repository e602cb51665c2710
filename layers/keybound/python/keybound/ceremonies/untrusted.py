"""Turns whatever untrusted bytes make a parser raise into a refusal of the step at hand."""

from collections.abc import Iterator
from contextlib import contextmanager

from webauthn.helpers.exceptions import WebAuthnException

from keybound.ceremonies.errors import CeremonyRefused

LONGEST_DETAIL = 200


@contextmanager
def refused_as(step: str) -> Iterator[None]:
    """Raise CeremonyRefused(step) for any exception inside; refusals pass as they are.

    Parsers of CBOR, COSE keys, DER and JSON raise far more on damaged input than they document
    (ValueError, KeyError, TypeError, RecursionError, UnsupportedAlgorithm, …), and what they raise
    changes with their versions. In a ceremony all of it means the same: the response is refused.
    """
    try:
        yield
    except CeremonyRefused:
        raise
    except Exception as error:
        raise CeremonyRefused(step, detail=_describe(error)) from error


def _describe(error: Exception) -> str:
    """The library words its own messages; those of other exceptions may quote the input."""
    name = type(error).__name__
    if isinstance(error, WebAuthnException):
        return f"{name}: {ascii(str(error))[:LONGEST_DETAIL]}"
    return name
