"""Host names: held lower-case and without a trailing dot, compared label by label."""

from collections.abc import Iterator

# Route 53 shows an asterisk at the start of a name as its octal escape.
_ESCAPED_ASTERISK = "\\052"


def host_name(text: str) -> str:
    """Return a name as localaws holds it: lower-case, undotted, with a plain asterisk."""
    return text.strip().lower().removesuffix(".").replace(_ESCAPED_ASTERISK, "*")


def dotted(name: str) -> str:
    """Return a held name as zone files and Route 53 write it."""
    return name + "."


def route53_name(name: str) -> str:
    """Return a held name as Route 53 stores and shows it: dotted, the asterisk escaped."""
    return dotted(name).replace("*", _ESCAPED_ASTERISK)


def is_within(name: str, ancestor: str) -> bool:
    """Tell whether `name` is `ancestor` or below it, on a label boundary."""
    return name == ancestor or name.endswith("." + ancestor)


def ancestors(name: str) -> Iterator[str]:
    """Yield the name itself, then each of its parents up to the top-level label."""
    while name:
        yield name
        name = name.partition(".")[2]


def parent(name: str) -> str:
    """Return the name one label up; the empty string above a top-level label."""
    return name.partition(".")[2]
