"""What an SPF record costs a receiver: the tree of names that it leads to, and the limits (RFC 7208)."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass

from mailproof.live.answer import Absent, Answer, DnsAnswer, Txt, Unanswered
from mailproof.live.resolver import Lookup
from mailproof.live.spf_text import COSTS_A_LOOKUP, SpfTerm, parse_spf
from mailproof.model.txt import is_spf

LOOKUPS_LIMIT = 10  # section 4.6.4
VOID_LIMIT = 2  # section 4.6.4
FOLLOWED = frozenset({"include", "redirect"})
RECORD_ADVICE_BYTES = 450  # section 3.4
ANSWER_LIMIT_BYTES = 512  # section 3.4; RFC 1035 section 4.2.1
_HEADER_BYTES, _QUESTION_BYTES, _RECORD_BYTES = 12, 4, 12


@dataclass(frozen=True, slots=True)
class Branch:
    """
    One term that costs a lookup.

    Attributes:
        depth: 0 for a term of the record itself.
        term: As it stands there.
        is_void: Whether DNS has nothing for it.
        lookups: It and all behind it.
        unanswered: Why DNS did not answer; None if it did.
        fault: Why receivers end with a permanent error here, or let everybody pass; empty if they do neither.
    """

    depth: int
    term: str
    is_void: bool
    lookups: int
    unanswered: Unanswered | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What a record costs, whether or not a receiver gets that far.

    Attributes:
        branches: The tree, from the top.
        record_bytes: Length of the record.
        answer_bytes: Length of the DNS answer that holds all TXT records of the name.
        faults: Why receivers end with a permanent error, or may, or let everybody pass.
    """

    branches: tuple[Branch, ...]
    record_bytes: int
    answer_bytes: int
    faults: tuple[str, ...]

    @property
    def lookups(self) -> int:
        """Terms that cost a lookup, in the whole tree."""
        return len(self.branches)

    @property
    def voids(self) -> int:
        """Those for which DNS has nothing."""
        return sum(branch.is_void for branch in self.branches)

    @property
    def unanswered(self) -> list[Branch]:
        """Those for which DNS did not answer."""
        return [branch for branch in self.branches if branch.unanswered]


async def read_cost(lookup: Lookup, name: str, texts: Sequence[str]) -> Cost:
    """
    Follow the SPF record among the TXT records of a name.

    Args:
        lookup: Answers for all names but this one, whose records may not be published yet.
        name: The domain.
        texts: All its TXT records, as they are or would be.
    """
    records = [text for text in texts if is_spf(text)]
    record = parse_spf(records[0]) if records else parse_spf("v=spf1")
    branches = [branch async for branch in _follow(lookup, name, record.tested_terms, 0, (name,))] if records else []
    cost = Cost(tuple(branches), len(record.text.encode()), answer_bytes(name, texts), ())
    faults = [
        *_faults(cost, records),
        *([f"{record.invalid_term!r} is not an SPF term"] if record.invalid_term else []),
    ]
    return Cost(cost.branches, cost.record_bytes, cost.answer_bytes, tuple(faults))


def answer_bytes(name: str, texts: Iterable[str]) -> int:
    """Return the length of a DNS answer with some TXT records, names compressed."""
    lengths = (len(text.encode()) for text in texts)
    records = sum(_RECORD_BYTES + length + max(1, -(-length // 255)) for length in lengths)
    return _HEADER_BYTES + len(name) + 2 + _QUESTION_BYTES + records


def _faults(cost: Cost, records: Sequence[str]) -> Iterator[str]:
    if len(records) > 1:
        yield f"there are {len(records)} SPF records, and receivers take none of them"
    if cost.lookups > LOOKUPS_LIMIT:
        yield f"it costs {cost.lookups} lookups; receivers make at most {LOOKUPS_LIMIT}"
    if cost.voids > VOID_LIMIT:
        yield f"{cost.voids} of its lookups are void; receivers accept at most {VOID_LIMIT}"
    if cost.answer_bytes > ANSWER_LIMIT_BYTES:
        yield f"all TXT records together take {cost.answer_bytes} bytes; one packet holds {ANSWER_LIMIT_BYTES}"
    yield from (branch.fault for branch in cost.branches if branch.fault)


async def _follow(
    lookup: Lookup, domain: str, terms: Iterable[SpfTerm], depth: int, path: tuple[str, ...]
) -> AsyncIterator[Branch]:
    for term in terms:
        if term.name not in COSTS_A_LOOKUP:
            continue
        name = (term.spec or domain).lower().rstrip(".")
        if "%" in name:  # what it asks for hangs on the message
            yield Branch(depth, term.text, is_void=False, lookups=1)
            continue
        answer = await _ask(lookup, term.name, name)
        unanswered = answer if isinstance(answer, Unanswered) else None
        fault, inner = "", parse_spf("v=spf1").terms
        if term.name in FOLLOWED and not unanswered:
            fault, inner = _behind(answer, name, path)
        behind = [branch async for branch in _follow(lookup, name, inner, depth + 1, (*path, name))]
        yield Branch(depth, term.text, isinstance(answer, Absent), 1 + len(behind), unanswered, fault)
        for branch in behind:
            yield branch


def _behind(answer: DnsAnswer, name: str, path: Sequence[str]) -> tuple[str, tuple[SpfTerm, ...]]:
    """Return why a name cannot be included, and the terms of its record."""
    texts = [txt.text for txt in answer.records if isinstance(txt, Txt)] if isinstance(answer, Answer) else []
    records = [text for text in texts if is_spf(text)]
    if len(records) != 1:
        return f"{name} has {len(records) or 'no'} SPF record{'s' if records else ''}", ()
    if name in path:
        return f"{name} leads back to itself", ()
    record = parse_spf(records[0])
    if record.invalid_term:
        return f"{name} has {record.invalid_term!r}, which is not an SPF term", record.tested_terms
    if open_term := next(filter(_is_open, record.tested_terms), None):
        return f"{name} lets everybody send, by {open_term.text!r}", record.tested_terms
    return "", record.tested_terms


def _is_open(term: SpfTerm) -> bool:
    """Tell whether a term passes every address there is, of one version at least."""
    if term.qualifier != "+":
        return False
    return term.name == "all" or (term.addresses is not None and str(term.addresses).endswith("/0"))


async def _ask(lookup: Lookup, mechanism: str, name: str) -> DnsAnswer:
    if mechanism in FOLLOWED:
        return await lookup.txt(name)
    return await (lookup.mx(name) if mechanism == "mx" else lookup.names(name, "PTR" if mechanism == "ptr" else "A"))
