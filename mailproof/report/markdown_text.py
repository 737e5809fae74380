"""Escape text for GitHub's markdown."""

import re

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$!&])")
MENTION = re.compile(r"(?<!\w)@(?=\w)")
BACKTICKS = re.compile(r"`+")


def one_line(text: str) -> str:
    """Replace line ends and control characters by blanks."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def plain(text: str) -> str:
    """Escape a text so that it reads as it is: no markup, no HTML, no table border, nobody mentioned."""
    return MENTION.sub("@<!-- -->", SPECIAL.sub(r"\\\1", one_line(text)))


def code(text: str) -> str:
    """
    Write a value as a code span that may stand in a table cell.

    Source: GitHub Flavored Markdown, sections 6.3 (code spans) and 4.10 (tables: a bar is escaped in code as well)
    """
    value = one_line(text)
    if not value:
        return ""
    fence = "`" * (max(map(len, BACKTICKS.findall(value)), default=0) + 1)
    pad = " " if value.startswith("`") or value.endswith("`") else ""
    return f"{fence}{pad}{value}{pad}{fence}".replace("|", "\\|")


class Bounded:
    """
    Collects lines up to a number of bytes.

    Args:
        limit_bytes: How many bytes fit.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.lines: list[str] = []
        self.left_bytes = limit_bytes

    def add(self, *lines: str, reserve_bytes: int = 0) -> bool:
        """
        Add lines if all of them fit.

        Args:
            lines: Added together or not at all.
            reserve_bytes: To be left for what comes later.

        Returns:
            Whether they were added.
        """
        size = sum(len(line.encode()) + 1 for line in lines)
        if size > self.left_bytes - reserve_bytes:
            return False
        self.lines += lines
        self.left_bytes -= size
        return True

    def text(self) -> str:
        """Return the lines."""
        return "\n".join(self.lines) + "\n"
