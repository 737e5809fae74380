"""Explanations as Markdown, and as a page that needs nothing else."""

from collections.abc import Iterator
from html import escape

from mailproof.explain.explanation import Explanation
from mailproof.explain.report import Explanations
from mailproof.explain.words import cause_lines, facts, verdict
from mailproof.report.markdown_text import plain

STYLE = """\
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h2 { border-top: 1px solid #8886; padding-top: 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: .3rem .6rem; text-align: left; vertical-align: top; }
th { font-weight: 600; white-space: nowrap; width: 1%; }
h2, td, li, p { overflow-wrap: anywhere; }
"""


def build_markdown(found: Explanations) -> str:
    """Write explanations as GitHub's Markdown."""
    return "".join(f"{line}\n" for line in _markdown(found))


def markdown_of(message: Explanation) -> Iterator[str]:
    """Yield the lines of one message, without its title."""
    yield from (f"**{plain(verdict(message))}**", "", "| what | verdict |", "|---|---|")
    for label, text in facts(message):
        yield f"| {label} | {plain(text)} |"
    yield ""
    for cause in message.causes:
        yield f"- **{'Why' if cause.decides else 'Note'}: {plain(cause.what)}**"
        for label, text in cause_lines(cause):
            yield f"    - {label}: {text if label == 'source' else plain(text)}"
    for header in message.headers:
        yield f"- {header.name}, {header.result}: {plain(header.text)}"


def _markdown(found: Explanations) -> Iterator[str]:
    yield from ("# Messages explained", "")
    for message in found.messages:
        yield from (f"## {plain(_title(message))}", "", *markdown_of(message), "")
    for unread in found.unread:
        yield f"- {plain(unread.place)}: {plain(unread.why)}"


def build_html(found: Explanations) -> str:
    """Write explanations as a page."""
    head = "<!doctype html>\n<html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    title = "<title>Messages explained</title>"
    return f"{head}{title}<style>{STYLE}</style>\n<h1>Messages explained</h1>\n{''.join(_html(found))}</html>\n"


def _html(found: Explanations) -> Iterator[str]:
    for message in found.messages:
        yield f"<h2>{escape(_title(message))}</h2>\n<p><strong>{escape(verdict(message))}</strong></p>\n<table>"
        for label, text in facts(message):
            yield f"<tr><th scope=row>{escape(label)}<td>{escape(text)}"
        yield "</table>\n<ul>"
        for cause in message.causes:
            parts = "<br>".join(f"{escape(label)}: {_linked(text)}" for label, text in cause_lines(cause))
            yield f"<li><strong>{'Why' if cause.decides else 'Note'}: {escape(cause.what)}</strong><br>{parts}"
        for header in message.headers:
            yield f"<li>{escape(header.name)}, {header.result}: {escape(header.text)}"
        yield "</ul>\n"
    for unread in found.unread:
        yield f"<p>{escape(unread.place)}: {escape(unread.why)}</p>\n"


def _linked(text: str) -> str:
    shown = escape(text)
    return f'<a href="{shown}">{shown}</a>' if text.startswith("https://") and " " not in text else shown


def _title(found: Explanation) -> str:
    return found.subject or found.place or found.author
