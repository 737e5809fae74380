"""Text that fits a terminal: lines break between words, and what is copied whole stays whole."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from textwrap import TextWrapper

from mailproof.model.safe_text import visible

GAP = "  "
INDENT = 2
# A command or a record, which a person copies: within marks, or a command that a line ends with.
COPIED = re.compile(r"`[^`]*`|\"[^\"]*\"|\b(?:mailproof|cdk|npm|npx|aws|pip) [a-z-]+ [^`\"]*$")
LABEL = re.compile(r" *\S+(?: \S+)* {2,}")
HELD = "\0"  # a blank that is no place to break at: texts that are shown hold no control characters


def wrap(text: str, width: int, indent: int = INDENT) -> list[str]:
    """
    Break a line between words, and never within backticks, quotation marks or a command at its end.

    Args:
        text: The line; up to `indent` it is left as it is.
        width: Characters; a line is longer only if a word, or what is copied whole, is.
        indent: Of the lines that follow the first.
    """
    wrapper = TextWrapper(width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)
    held = text[:indent].replace(" ", HELD) + COPIED.sub(lambda found: found[0].replace(" ", HELD), text[indent:])
    return [line.replace(HELD, " ") for line in wrapper.wrap(held)] or [""]


def fit_lines(lines: Iterable[str], width: int | None) -> Iterator[str]:
    """
    Yield lines safe to show, the long ones broken, what follows a label below itself.

    Args:
        lines: A label ends with two blanks; a line may do without.
        width: Of the terminal, characters; None breaks none.
    """
    for line in map(visible, lines):
        if width is None or len(line) <= width:
            yield line
            continue
        label = LABEL.match(line)
        yield from wrap(line, width, label.end() if label and label.end() <= width // 2 else INDENT)


def fit_rows(
    columns: Sequence[str], rows: Sequence[Sequence[str]], width: int | None, sentence: Callable[[Sequence[str]], str]
) -> Iterator[str]:
    """
    Yield rows as a table where it fits, else as a sentence each.

    Args:
        columns: Headings.
        rows: As many texts as there are columns, each.
        width: Of the terminal, characters; None fits everything.
        sentence: Makes the sentence of a row.
    """
    table = [columns, *rows]
    widths = [max(map(len, texts)) for texts in zip(*table, strict=True)]
    if width is None or sum(widths) + len(GAP) * (len(widths) - 1) <= width:
        for row in table:
            yield GAP.join(f"{text:<{wide}}" for text, wide in zip(row, widths, strict=True)).rstrip()
    else:
        for row in rows:
            yield from wrap(sentence(row), width)
