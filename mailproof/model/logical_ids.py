"""
Logical ids, derived from domain and record.

A changed logical id deletes and re-creates a live identity or record. So an id hangs on the domain and the record
alone: not on a position, a neighbour, the construct's place in the tree or the name of its stack.
"""

import re
from functools import cache
from hashlib import sha256

READABLE_LIMIT = 120
HASH_DIGITS = 8


@cache
def logical_id(kind: str, *names: str) -> str:
    """
    Return the logical id of a resource.

    Args:
        kind: What it is, such as ``Identity``.
        names: What tells it from others of its kind in one stack; the domain first.

    Returns:
        Letters and digits: kind, names, and a hash that keeps ``a.bc.example`` apart from ``ab.c.example``.
    """
    readable = "".join(part.capitalize() for part in re.split(r"[^a-z0-9]+", " ".join(names)))
    digest = sha256(" ".join((kind, *names)).encode()).hexdigest()[:HASH_DIGITS].upper()
    return f"{kind}{readable[:READABLE_LIMIT]}{digest}"
