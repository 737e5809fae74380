r"""
Make text from outside safe to show: DNS, AWS and resolvers may answer anything.

Signs that a terminal obeys or a person cannot see become ``\u001b``, which JSON reads back as what they were. Texts
that CI systems obey lose their first character in the same way.

Source: GitHub Docs, "Workflow commands for GitHub Actions"; Azure Pipelines, "Logging commands"
"""

import re

# Letters and marks that show nothing: Unicode calls them default ignorable, Python printable.
BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
NO_BLANK = re.compile(f"[^{BLANK_LETTERS}]*")
COMMAND = re.compile(r"#(?=#\w*\[)")  # `##[…]` anywhere in a line (GitHub, Azure), `##vso[…]` (Azure)
COMMAND_AT_START = re.compile(r"^(\s*):(?=:)")  # `::name::`, blanks before it are ignored


def visible(text: str) -> str:
    """Write a value on one line, with every character seen and none obeyed; what is harmless stays as it is."""
    if not text.isprintable() or not (text.isascii() or NO_BLANK.fullmatch(text)):
        text = "".join(sign if sign.isprintable() and sign not in BLANK_LETTERS else _escaped(sign) for sign in text)
    return COMMAND.sub(lambda _: _escaped("#"), text) if "##" in text else text


def visible_lines(text: str) -> str:
    """Write a text whose line ends are meant so that no line of it is obeyed."""
    return "\n".join(map(_line, text.split("\n")))


def join_lines(*lines: str) -> str:
    """Join lines to a text; a line end within one is shown, not made."""
    return "".join(f"{_line(visible(line))}\n" for line in lines)


def _line(text: str) -> str:
    body = text.removesuffix("\r")  # CSV ends its lines so
    return COMMAND_AT_START.sub(lambda found: found[1] + _escaped(":"), visible(body)) + text[len(body) :]


def _escaped(sign: str) -> str:
    units = sign.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
