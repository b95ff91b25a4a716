"""A certificate file, PEM or PFX -> the private key and certificate that MSAL signs with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from pipelines.errors import SettingsError
from pipelines.settings import ClientCertificate
from pipelines.settings.credentials import PASSPHRASE

PEM: Final = b"-----BEGIN "
DER_SEQUENCE: Final = b"\x30"  # what a PFX file begins with


class _Unusable(Exception):
    """Says what is wrong with the file, as the end of a sentence about it."""


def load(credential: ClientCertificate) -> dict[str, str]:
    """Return key and certificate as PEM; MSAL signs with PS256 and sends the SHA-256 thumbprint.

    Raises:
        SettingsError: the file cannot be used; the sentence says why.
    """
    passphrase = credential.passphrase.encode() if credential.passphrase else None
    try:
        found, certificates = _read(_content(credential.path), passphrase)
        key = _rsa(found)
        certificate = _of(key, certificates)
        _insist_on_validity(certificate, datetime.now(UTC))
    except _Unusable as fault:
        raise SettingsError(
            f"CONSENTRY_CLIENT_CERTIFICATE names {str(credential.path)!r}, which {fault}. It must be a PEM or PFX file with private key and certificate."
        ) from fault.__cause__
    return {
        "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "public_certificate": certificate.public_bytes(Encoding.PEM).decode(),
    }


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise _Unusable(f"cannot be opened ({fault.strerror})") from fault


def _read(content: bytes, passphrase: bytes | None) -> tuple[object, Sequence[x509.Certificate]]:
    if PEM in content:
        return _pem(content, passphrase)
    if content.startswith(DER_SEQUENCE):
        return _pfx(content, passphrase)
    raise _Unusable("is neither PEM nor PFX")


def _pem(content: bytes, passphrase: bytes | None) -> tuple[object, Sequence[x509.Certificate]]:
    if b"PRIVATE KEY-----" not in content:
        raise _Unusable("lacks the private key")
    if b"-----BEGIN CERTIFICATE-----" not in content:
        raise _Unusable("lacks the certificate")
    try:
        return _pem_key(content, passphrase), x509.load_pem_x509_certificates(content)
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise _Unusable("cannot be read") from fault


def _pem_key(content: bytes, passphrase: bytes | None) -> object:
    try:
        return load_pem_private_key(content, passphrase)
    except TypeError as fault:  # one of the two is encrypted or set without the other
        if passphrase is None:
            raise _Unusable(f"holds an encrypted private key; set {PASSPHRASE}") from fault
        raise _Unusable(f"holds a private key that is not encrypted; remove {PASSPHRASE}") from fault
    except ValueError as fault:
        if passphrase is None:
            raise
        raise _Unusable(f"does not open with {PASSPHRASE}; correct the passphrase") from fault


def _pfx(content: bytes, passphrase: bytes | None) -> tuple[object, Sequence[x509.Certificate]]:
    try:
        bundle = pkcs12.load_pkcs12(content, passphrase)
    except (ValueError, UnsupportedAlgorithm) as fault:
        if "password" not in str(fault):
            raise _Unusable("cannot be read") from fault
        what_to_do = "set" if passphrase is None else "correct or remove"
        raise _Unusable(f"does not open; {what_to_do} {PASSPHRASE}") from fault
    held = [bundle.cert, *bundle.additional_certs]
    certificates = [one.certificate for one in held if one is not None]
    if bundle.key is None:
        raise _Unusable("lacks the private key")
    if not certificates:
        raise _Unusable("lacks the certificate")
    return bundle.key, certificates


def _rsa(key: object) -> RSAPrivateKey:
    if not isinstance(key, RSAPrivateKey):
        raise _Unusable("holds a private key that is not RSA, which Entra does not take; make a new pair")
    return key


def _of(key: RSAPrivateKey, certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """Return the certificate of the key; the others are of the authorities that signed it."""
    for certificate in certificates:
        if certificate.public_key() == key.public_key():
            return certificate
    raise _Unusable("holds a private key and a certificate that do not belong together")


def _insist_on_validity(certificate: x509.Certificate, now: datetime) -> None:
    if certificate.not_valid_after_utc <= now:
        raise _Unusable(
            f"holds a certificate that expired on {certificate.not_valid_after_utc:%Y-%m-%d}; make a new one and upload it to the app registration"
        )
    if certificate.not_valid_before_utc > now:
        raise _Unusable(
            f"holds a certificate that is valid only from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC; wait, or set this machine's clock"
        )
