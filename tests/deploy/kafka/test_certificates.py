"""The partners' listener is certified under the name by which partners reach it; each gets the file that it needs."""

import ssl
import sys
from pathlib import Path

import pytest
from cryptography import x509

from deploy.kafka.certificates import main


def certify(monkeypatch: pytest.MonkeyPatch, folder: Path, address: str) -> None:
    """As the job of a deployment does it."""
    words = [str(folder / "authority"), "--host", address]
    words += ["--broker", str(folder / "kafka"), "--operator", str(folder / "kafka-admin")]
    monkeypatch.setattr(sys, "argv", ["certificates", *words])
    main()


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("kafka.example.org", "kafka.example.org"),
        ("kafka.example.org:9094", "kafka.example.org"),
        ("192.0.2.7:9094", "192.0.2.7"),
        ("[2001:db8::7]:9094", "2001:db8::7"),
    ],
)
def test_the_certificate_has_the_host_of_the_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str, name: str
) -> None:
    certify(monkeypatch, tmp_path, address)
    certificate = x509.load_pem_x509_certificate((tmp_path / "kafka" / "listener.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(each.value) for each in names] == [name]


def test_the_broker_has_its_key_and_an_operator_the_authority_that_stays_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certify(monkeypatch, tmp_path, "localhost:9094")
    authority = (tmp_path / "kafka-admin" / "ca.pem").read_text()
    certify(monkeypatch, tmp_path, "localhost:9094")
    assert (tmp_path / "kafka-admin" / "ca.pem").read_text() == authority
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(tmp_path / "kafka" / "listener.pem")
    assert [path.name for path in tmp_path.rglob("*.key")] == ["ca.key"]
    assert {path.name for path in (tmp_path / "kafka").iterdir()} == {"listener.pem"}
