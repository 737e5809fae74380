"""DKIM keys: those that the emulated SES signs with, and those that a domain brings itself."""

import base64
import binascii
import functools

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from mailproof.localaws.errors import ServiceError

SHORTEST_OWN_KEY_BITS, LONGEST_OWN_KEY_BITS = 1024, 2048
KEY_LENGTHS = {"RSA_1024_BIT": 1024, "RSA_2048_BIT": 2048}
SES_SELECTOR = "localaws"
"""Selector of the key of amazonses.com, with which every message is signed a second time."""
SES_KEY_BITS = 2048


@functools.cache
def signing_key(bits: int) -> rsa.RSAPrivateKey:
    """
    Return the private key of that length, made once per process.

    One key per length serves all identities: what tests need is that a signature verifies against live DNS.
    """
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@functools.cache
def published_key(bits: int) -> str:
    """Return the public half as a DKIM record's `p` tag holds it."""
    return _public_half(signing_key(bits))


def private_key_pem(bits: int) -> str:
    """Return the private key as PEM, so that a test can sign as SES would."""
    return _pem(signing_key(bits))


def own_key_pem(private_key: str) -> str:
    """Return an own key (base64 of its DER form) as PEM."""
    return _pem(serialization.load_der_private_key(base64.b64decode(private_key), password=None))


def derive_published_key(private_key: str) -> str:
    """
    Return the public half of a private key that a caller brings (base64 of its DER form).

    Raises:
        ServiceError: It is not an RSA private key of 1024 to 2048 bits.
    """
    try:
        key = serialization.load_der_private_key(base64.b64decode(private_key, validate=True), password=None)
    except (binascii.Error, ValueError, TypeError, UnsupportedAlgorithm) as err:
        raise ServiceError("BadRequestException", "DomainSigningPrivateKey is not a base64-encoded RSA key") from err
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ServiceError("BadRequestException", "DomainSigningPrivateKey is not an RSA key")
    if not SHORTEST_OWN_KEY_BITS <= key.key_size <= LONGEST_OWN_KEY_BITS:
        raise ServiceError("BadRequestException", f"DomainSigningPrivateKey has {key.key_size} bits")
    return _public_half(key)


def _pem(key: PrivateKeyTypes) -> str:
    form = (serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    return key.private_bytes(serialization.Encoding.PEM, *form).decode("ascii")


def _public_half(key: rsa.RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode("ascii")
