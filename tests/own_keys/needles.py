"""Parts of a private key, to be looked for where none of it may be."""

from collections.abc import Iterable

_CHUNK = 24
_WHOLE_LINES = 2  # a PEM breaks lines every 64 letters, so that every other chunk is whole in it


def needles(private_key: str) -> list[str]:
    """Return pieces of the half of a key that is secret: the first half holds the modulus, which is public."""
    secret = private_key[len(private_key) * 6 // 10 :]
    return [secret[start : start + _CHUNK] for start in range(0, len(secret) - _CHUNK, _CHUNK // _WHOLE_LINES)]


def found_in(text: str, private_keys: Iterable[str]) -> list[str]:
    """Return what a text has of private keys."""
    return [needle for key in private_keys for needle in needles(key) if needle in text]
