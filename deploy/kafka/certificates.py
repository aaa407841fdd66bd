"""The authority that certifies the partners' listener: made once, it signs a new certificate whenever it is asked.

    python -m deploy.kafka.certificates FOLDER --host kafka.example.org

writes `ca.pem`, which partners get, `ca.key`, which stays here, and `listener.pem`, key and certificate for the
broker; with `--broker` and `--operator` the broker's file and the partners' go to those folders too, to be read by
whoever mounts them. Where a public authority signs the listener's certificate, none of this is needed.
"""

import argparse
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.secret_files import write_secret

AUTHORITY_DAYS = 3650
LISTENER_DAYS = 397
PRIVATE = 0o600


def certify_listener(folder: Path, hosts: Sequence[str]) -> None:
    """Sign a new certificate for a listener under these names or addresses; the authority is made if none is there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "ca.pem").exists():
        _make_authority(folder)
    authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    signer = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([_name_host(host) for host in hosts])
    certificate = (
        _begin(_subject(hosts[0]), key.public_key(), LISTENER_DAYS)
        .issuer_name(authority.subject)
        .add_extension(names, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )
    _write_private(folder / "listener.pem", _dump_key(key) + _dump(certificate) + _dump(authority))


def _make_authority(folder: Path) -> None:
    """The certificate is written last: where it is, its key is too."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _subject("Alumnibus")
    certificate = (
        _begin(name, key.public_key(), AUTHORITY_DAYS)
        .issuer_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_SIGNS, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_private(folder / "ca.key", _dump_key(key))
    _write_private(folder / "ca.pem", _dump(certificate))


_SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _begin(subject: x509.Name, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _name_host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _dump(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _dump_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_private(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "wb") as file:
        file.write(content)
    draft.rename(path)


def _drop_port(address: str) -> str:
    """The host of "host:port" or "[host]:port", or of a host alone."""
    return urlsplit(f"//{address}").hostname or address


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Certify the partners' listener.")
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--host", action="append", type=_drop_port, required=True, help="how partners reach the listener"
    )
    parser.add_argument("--broker", type=Path, help="the folder where the broker reads listener.pem")
    parser.add_argument("--operator", type=Path, help="the folder where an operator's commands read ca.pem")
    given = parser.parse_args()
    certify_listener(given.folder, given.host)
    for folder, name in ((given.broker, "listener.pem"), (given.operator, "ca.pem")):
        if folder:
            write_secret(folder / name, (given.folder / name).read_text())


if __name__ == "__main__":
    main()
