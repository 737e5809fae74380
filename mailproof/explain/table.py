"""Explanations for a person at a terminal."""

from collections.abc import Iterator

from mailproof.explain.explanation import Explanation
from mailproof.explain.report import Explanations
from mailproof.explain.words import cause_lines, facts, verdict
from mailproof.model.safe_text import join_lines
from mailproof.report.fitting import fit_lines

WIDTH = 13
MANY = 5  # messages, above which each has a line


def build_table(found: Explanations, *, whole: bool = False, width: int | None = None) -> str:
    """
    Write explanations as text.

    Args:
        found: They.
        whole: Explain each of many messages, too.
        width: Of the terminal, characters; None breaks no line.
    """
    lines: list[str] = []
    is_short = len(found.messages) > MANY and not whole
    for message in found.messages:
        lines += [_line(message)] if is_short else [*_explain(message), ""]
    lines += [f"{unread.place}: {unread.why}" for unread in found.unread]
    if len(found.messages) != 1 or found.unread:
        passed = sum(message.exit_code == 0 for message in found.messages)
        lines.append(f"{passed:,} of {len(found.messages):,} messages pass DMARC")
    if is_short:
        lines.append("--all explains each")
    return join_lines(*fit_lines(lines, width)).rstrip("\n") + "\n"


def _line(found: Explanation) -> str:
    first = next((cause.what for cause in found.causes if cause.decides), "")
    return f"{found.place}: {verdict(found)}{f'; {first}' if first and found.exit_code else ''}"


def _explain(found: Explanation) -> Iterator[str]:
    if found.place:
        yield found.place
    yield f"{'from':<{WIDTH}} {found.author}"
    yield f"{'subject':<{WIDTH}} {found.subject}"
    for label, text in facts(found):
        yield f"{label:<{WIDTH}} {text}"
    for cause in found.causes:
        yield ""
        yield f"{'why' if cause.decides else 'note'}: {cause.what}"
        for label, text in cause_lines(cause):
            yield f"  {label:<{WIDTH - 2}} {text}"
    if found.headers:
        yield ""
    for header in found.headers:
        yield f"{header.result:<{WIDTH}} {header.name}: {header.text}"
