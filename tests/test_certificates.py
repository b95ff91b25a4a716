"""Certificate files: PEM and PFX, encrypted or not, and for each that cannot be used a sentence that says why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as elliptic_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from pipelines.errors import SettingsError
from pipelines.identity import certificates
from pipelines.settings import ClientCertificate

PASSPHRASE: Final = "correct horse"
KEY: Final = generate_private_key(65537, 2048)
NOW: Final = datetime.now(UTC)
NOTHING: Final = NoEncryption()
LOCKED: Final = BestAvailableEncryption(PASSPHRASE.encode())


def certificate(key: Any, *, since: int = -1, until: int = 30, name: str = "reader") -> x509.Certificate:
    """Return a self-signed certificate, valid from and until so many days from now."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    first, last = NOW + timedelta(days=since), NOW + timedelta(days=until)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), first, last)
    return builder.sign(key, hashes.SHA256())


CERTIFICATE: Final = certificate(KEY)
AUTHORITY: Final = certificate(generate_private_key(65537, 2048), name="authority")


def key_pem(key: Any = KEY, locked: Any = NOTHING) -> bytes:
    """Return a private key as PEM."""
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))


def pem(*parts: bytes | x509.Certificate) -> bytes:
    """Return a PEM file of these parts."""
    return b"".join(part if isinstance(part, bytes) else part.public_bytes(Encoding.PEM) for part in parts)


def pfx(key: Any, leaf: x509.Certificate | None, locked: Any = LOCKED, chain: Any = None) -> bytes:
    """Return a PFX file."""
    return pkcs12.serialize_key_and_certificates(b"reader", key, leaf, chain, locked)


@pytest.mark.parametrize(
    ("content", "passphrase"),
    [
        (pem(key_pem(), CERTIFICATE), None),
        (pem(CERTIFICATE, key_pem()), None),
        (pem(b"Bag Attributes\n  friendlyName: reader\n", AUTHORITY, CERTIFICATE, key_pem()), None),
        (pem(key_pem(locked=LOCKED), CERTIFICATE), PASSPHRASE),
        (pfx(KEY, CERTIFICATE, NOTHING), None),
        (pfx(KEY, CERTIFICATE), PASSPHRASE),
        (pfx(KEY, CERTIFICATE, chain=[AUTHORITY]), PASSPHRASE),
    ],
    ids=["PEM", "PEM, turned", "PEM, chain", "PEM, encrypted", "PFX, open", "PFX", "PFX, chain"],
)
def test_key_and_certificate_are_found(tmp_path: Path, content: bytes, passphrase: str | None) -> None:
    """Whatever the format, order and encryption, MSAL gets the private key and the certificate that belongs to it."""
    file = tmp_path / "client"
    file.write_bytes(content)
    found = certificates.load(ClientCertificate(file, passphrase))
    key = load_pem_private_key(found["private_key"].encode(), None)
    assert key_pem(key) == key_pem()
    assert x509.load_pem_x509_certificate(found["public_certificate"].encode()) == CERTIFICATE


SET: Final = "set CONSENTRY_CLIENT_CERTIFICATE_PASSPHRASE"
ELLIPTIC: Final = elliptic_key(SECP256R1())
BROKEN: Final = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(
    ("content", "passphrase", "words"),
    [
        (key_pem(), None, "lacks the certificate"),
        (pem(CERTIFICATE), None, "lacks the private key"),
        (b"nothing of the kind, " * 5, None, "is neither PEM nor PFX"),
        (b"", None, "is neither PEM nor PFX"),
        (pem(key_pem().replace(b"M", b"#"), CERTIFICATE), None, "cannot be read"),
        (pem(key_pem(), BROKEN), None, "cannot be read"),
        (pem(key_pem(locked=LOCKED), CERTIFICATE), None, f"encrypted private key; {SET}"),
        (pem(key_pem(locked=LOCKED), CERTIFICATE), "wrong battery", "does not open with CONSENTRY_CLIENT_CERT"),
        (pem(key_pem(), CERTIFICATE), PASSPHRASE, "not encrypted; remove CONSENTRY_CLIENT_CERTIFICATE_PASSPHRASE"),
        (pfx(KEY, CERTIFICATE), None, f"does not open; {SET}"),
        (pfx(KEY, CERTIFICATE), "wrong battery", "does not open; correct or remove CONSENTRY_CLIENT_CERT"),
        (pfx(KEY, CERTIFICATE)[:200], PASSPHRASE, "cannot be read"),
        (pfx(None, CERTIFICATE), PASSPHRASE, "lacks the private key"),
        (pfx(KEY, None), PASSPHRASE, "lacks the certificate"),
        (pem(key_pem(), AUTHORITY), None, "do not belong together"),
        (pem(key_pem(ELLIPTIC), certificate(ELLIPTIC)), None, "is not RSA"),
        (pem(key_pem(), certificate(KEY, since=-9, until=-2)), None, f"expired on {NOW - timedelta(days=2):%Y-%m-%d}"),
        (pem(key_pem(), certificate(KEY, since=2)), None, f"valid only from {NOW + timedelta(days=2):%Y-%m-%d}"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, content: bytes, passphrase: str | None, words: str
) -> None:
    """The sentence names the file, what is wrong with it and the setting, and shows nothing of key or passphrase."""
    file = tmp_path / "client"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=words) as caught:
        certificates.load(ClientCertificate(file, passphrase))
    said = f"{caught.value} {caught.value!r}"
    assert f"CONSENTRY_CLIENT_CERTIFICATE names '{file}'" in said
    assert not any(secret in said for secret in (PASSPHRASE, "battery", key_pem().decode()[60:90]))


def test_a_file_that_vanished_is_named(tmp_path: Path) -> None:
    """What cannot be opened is a matter of settings, whenever it is found."""
    with pytest.raises(SettingsError, match=r"cannot be opened \(No such file"):
        certificates.load(ClientCertificate(tmp_path / "client"))
