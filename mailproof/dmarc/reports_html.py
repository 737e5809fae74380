"""What aggregate reports say, as one page that needs nothing else and runs no script."""

import base64
import html
import re
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files

from mailproof.dmarc.reading import Reading
from mailproof.dmarc.reports_table import describe, headline, parking_line, summary
from mailproof.dmarc.sources import DomainReports, Source

TEMPLATE = "reports.html"
COLUMNS = ("Messages", "Aligned by DKIM", "Aligned by SPF", "Aligned by neither", "Sender")
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def build_html(reading: Reading, domains: Sequence[DomainReports]) -> str:
    """Write the page."""
    template = (files("mailproof.dmarc") / TEMPLATE).read_text(encoding="utf-8")
    [style] = STYLE.findall(template)
    unread = [*reading.unread, *reading.lost_records]
    parts = {
        "hash": f"'sha256-{base64.b64encode(sha256(style.encode()).digest()).decode()}'",
        "summary": html.escape(summary(reading)),
        "domains": "\n".join(map(_domain, domains)),
        "unread": _list("Not read", [str(one) for one in unread]) if unread else "",
    }
    # One pass, so that no value is taken for a marker.
    return re.sub(r"<!--(\S+?)-->", lambda match: parts.get(match[1], match[0]), template)


def _domain(found: DomainReports) -> str:
    head = "".join(f"<th{_class(column)}>{html.escape(name)}</th>" for column, name in enumerate(COLUMNS))
    rows = "\n".join(map(_row, found.sources))
    words = html.escape(headline(found))
    in_use = parking_line(found)
    words += f'</p>\n<p class="bad">{html.escape(in_use)}' if in_use else ""
    return (
        f"<h2>{html.escape(found.domain)}</h2>\n<p>{words}</p>\n"
        f"<div><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>"
    )


def _row(source: Source) -> str:
    numbers = (source.messages, source.dkim, source.spf, source.unaligned)
    cells = "".join(f'<td class="number">{number:,}</td>' for number in numbers)
    kind = "bad" if source.unaligned else "good"
    return f'<tr>{cells}<td class="{kind}">{html.escape(describe(source))}</td></tr>'


def _class(column: int) -> str:
    return ' class="number"' if column < len(COLUMNS) - 1 else ""


def _list(title: str, lines: Sequence[str]) -> str:
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return f"<h2>{title}</h2>\n<ul>{items}</ul>"
