"""The addresses that headers of a message name."""

import email.utils

# Newer releases of Python take a list with an address literal, `you@[192.0.2.1]`, for none unless told not to.
_LENIENT = {"strict": False} if getattr(email.utils, "supports_strict_parsing", False) else {}


def addresses_in(*values: str) -> list[str]:
    """Return the addresses in the values of a header; none of what is nested too deep for anybody to read."""
    try:
        return [address for _, address in email.utils.getaddresses(list(values), **_LENIENT) if "@" in address]
    except RecursionError:
        return []
