"""Fields of a request in the query protocol, which SES v1 speaks."""

from collections.abc import Mapping

Fields = Mapping[str, str]


def members(fields: Fields, name: str) -> list[str]:
    """Return a list of the query protocol: `Name.member.1`, `Name.member.2`, ..."""
    prefix = f"{name}.member."
    return [value for key, value in fields.items() if key.startswith(prefix)]
