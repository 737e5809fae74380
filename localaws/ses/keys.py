"""DKIM keys: those that the emulated SES signs with, and those that a domain brings itself."""

import base64
import binascii
import functools
import itertools
from collections import defaultdict

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from mailproof.localaws.errors import ServiceError

SHORTEST_OWN_KEY_BITS, LONGEST_OWN_KEY_BITS = 1024, 2048
KEY_LENGTHS = {"RSA_1024_BIT": 1024, "RSA_2048_BIT": 2048}
EXPONENT = 65537
SES_SELECTOR = "localaws"
"""Selector of the key of amazonses.com, with which every message is signed a second time."""
SES_KEY_BITS = 2048


_primes: dict[int, list[int]] = defaultdict(list)
_owners: dict[tuple[int, str], int] = {}


@functools.cache
def signing_key(bits: int, owner: str) -> rsa.RSAPrivateKey:
    """
    Return the private key of that length of an identity, made once per process; no two are alike.

    Each is of a pair of primes that no other has: to make both anew for each would take half of the time of a test run.
    Who knows two of the keys can work out others, so that they are good for nothing but this.

    Args:
        bits: Length.
        owner: First token of the identity, or the domain of SES itself.
    """
    number = _owners.setdefault((bits, owner), len(_owners))
    second = next(second for second in itertools.count(1) if second * (second + 1) // 2 > number)
    first = number - second * (second - 1) // 2
    primes = _primes[bits]
    while len(primes) <= second:
        made = rsa.generate_private_key(public_exponent=EXPONENT, key_size=bits).private_numbers()
        primes += (made.p, made.q)
    p, q = primes[first], primes[second]
    d = pow(EXPONENT, -1, (p - 1) * (q - 1))
    parts = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    numbers = rsa.RSAPrivateNumbers(p, q, d, *parts, rsa.RSAPublicNumbers(EXPONENT, p * q))
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


@functools.cache
def published_key(bits: int, owner: str) -> str:
    """Return the public half as a DKIM record's `p` tag holds it."""
    return _public_half(signing_key(bits, owner))


@functools.cache
def private_key_pem(bits: int, owner: str) -> str:
    """Return the private key as PEM."""
    return _pem(signing_key(bits, owner))


@functools.cache
def own_key_pem(private_key: str) -> str:
    """Return an own key (base64 of its DER form) as PEM."""
    return _pem(serialization.load_der_private_key(base64.b64decode(private_key), password=None))


@functools.cache
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
