"""Follows an SPF record to every record that it leads to."""

from mailproof.live.answer import TxtAnswer
from mailproof.live.record_facts import texts_of
from mailproof.live.resolver import Lookup
from mailproof.live.spf_text import SpfRecord, is_spf, parse_spf

NAMES_LIMIT = 100  # a record that leads further is far beyond the ten lookups that receivers make


def spf_records(answer: TxtAnswer | None) -> list[SpfRecord]:
    """Return the SPF records of an answer."""
    return [parse_spf(txt.text) for txt in texts_of(answer) if is_spf(txt.text)]


async def read_included(lookup: Lookup, answer: TxtAnswer) -> dict[str, TxtAnswer]:
    """Ask for every name that a record and what it includes lead to, as far as they do not depend on the mail."""
    included: dict[str, TxtAnswer] = {}
    queue = _targets(answer)
    while queue and len(included) < NAMES_LIMIT:
        name = queue.pop(0)
        if name not in included:
            included[name] = await lookup.txt(name)
            queue += _targets(included[name])
    return included


def _targets(answer: TxtAnswer) -> list[str]:
    records = spf_records(answer)
    if len(records) != 1:
        return []
    return [term.target for term in records[0].tested_terms if term.is_valid and term.target]
