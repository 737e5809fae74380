r"""Escapes in values: Route 53 writes a byte as three octal digits, ``\103``, zone files as three decimal ones."""

import re

_ESCAPE = re.compile(r"\\(?:(?P<digits>[0-9]{3})|.)", re.DOTALL)


def as_zone_file(value: str) -> str:
    """Return a value of Route 53 as a zone file has it."""
    return _ESCAPE.sub(lambda found: f"\\{int(found['digits'], 8):03d}" if found["digits"] else found[0], value)


def as_route53(value: str) -> str:
    """Return a value of a zone file as Route 53 has it."""
    return _ESCAPE.sub(lambda found: f"\\{int(found['digits']):03o}" if found["digits"] else found[0], value)
