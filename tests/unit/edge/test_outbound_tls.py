"""TLS of calls to URLs of customers: the name in the URL is what the certificate must be for."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from keybound.edge.outbound import Failed, Outbound
from keybound.edge.public_address import is_public_or_loopback

from tests.support.certificates import Certificate, self_signed
from tests.support.loopback_server import OK, loopback, one_connection


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_signed("rp.example.com", tmp_path_factory.mktemp("tls"))


@contextmanager
def serving_tls(certificate: Certificate) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)

    def talk(plain: socket.socket) -> None:
        with context.wrap_socket(plain, server_side=True) as connection:
            connection.recv(65_536)
            connection.sendall(OK)

    with one_connection(talk) as port:
        yield port


def trusting(path: Path) -> Outbound:
    context = ssl.create_default_context(cafile=str(path))
    return Outbound(loopback, is_public_or_loopback, trust=lambda: context)


def test_tls_checks_the_name_of_the_url_not_the_address(certificate: Certificate) -> None:
    with serving_tls(certificate) as port:
        answer = trusting(certificate.certificate).call("GET", f"https://rp.example.com:{port}/")
    assert answer.body == b"hello"


def test_a_certificate_of_another_name_fails(certificate: Certificate) -> None:
    with serving_tls(certificate) as port, pytest.raises(Failed):
        trusting(certificate.certificate).call("GET", f"https://other.example.com:{port}/")


def test_a_certificate_of_nobody_known_fails(certificate: Certificate) -> None:
    with serving_tls(certificate) as port, pytest.raises(Failed):
        Outbound(loopback, is_public_or_loopback).call("GET", f"https://rp.example.com:{port}/")
