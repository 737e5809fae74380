"""The SPF record that a faulty one was meant to be: what is at fault is mended or left out, and nothing else."""

import re
from collections.abc import Collection, Iterable, Sequence

from mailproof.live.spf_check_host import SES_INCLUDE, FaultKind
from mailproof.live.spf_reader import SpfReader
from mailproof.live.spf_reading import SpfReading
from mailproof.live.spf_text import COSTS_A_LOOKUP, SpfRecord, SpfTerm, parse_spf
from mailproof.live.txt_repair import BLANK
from mailproof.model.names import host_name

LENGTH_LIMIT_BYTES = 450  # section 3.4: an answer with more may not fit into one packet
COSTLY_LIMIT = 24  # terms that are tried one by one; no more than ten can stay
INCLUDE_SES = f"include:{SES_INCLUDE}"

_BLANKS = re.compile(rf"{BLANK}+")
_DASH = re.compile(r"^(?:\\xe2\\x80\\x9[0-5]|\\xe2\\x88\\x92)(?=all$)", re.IGNORECASE)  # as `escaped` writes them
_LIKE_A_MECHANISM = re.compile(r"^([+?~-]?(?:include|a|mx|ptr|exists|ip4|ip6))=", re.IGNORECASE)  # a modifier
_GLUED = re.compile(r"(?P<term>.*[^\s+?~-])(?P<all>[+?~-]all)", re.IGNORECASE)
_ADDRESS = re.compile(r"(?P<qualifier>[+?~-]?)ip(?:v?[46])?[:=](?P<network>[0-9a-f:./]+)", re.IGNORECASE)


def is_sound(reading: SpfReading) -> bool:
    """Tell whether a record has no fault, for SES or for others, as far as DNS answers."""
    passes = reading.passes or reading.unanswered is not None
    is_faulty = reading.record.invalid_term is not None or reading.fault(*FaultKind) or reading.others.fault
    return passes and not is_faulty and not reading.refused and not reading.per_message and not reading.written_out


async def repair_spf(reader: SpfReader, records: Sequence[SpfRecord], reading: SpfReading | None, wanted: str) -> str:
    """
    Mend the SPF records of a name.

    Terms that do not parse are mended or left out, several records become one, and SES comes first where it would not
    pass otherwise. Of the terms that cost a lookup those stay, in their order, with which the record has no fault.

    Args:
        reader: Evaluates what becomes of them.
        records: What is at the name.
        reading: Of the one record; None if there are several.
        wanted: To publish if nothing can be kept.

    Returns:
        One record that passes SES and has no fault.
    """
    terms = _merged(sorted(records, key=lambda record: (SES_INCLUDE not in record.text.lower(), record.text)))
    written_out = reading.written_out if reading else []
    others = [text for text in terms if not _is_ses(text) and text not in written_out]
    limit = max(LENGTH_LIMIT_BYTES, *(len(record.text) for record in records))
    candidates = (terms, [INCLUDE_SES, *others])
    for candidate in candidates:
        if text := await _build(reader, candidate, limit):
            return text
    for candidate in candidates:
        if text := await _without_faults(reader, candidate, limit):
            return text
    return wanted


async def _build(reader: SpfReader, terms: Iterable[str], limit: int) -> str | None:
    """Make a record of terms; None if it is too long, has a fault or does not pass SES."""
    text = " ".join(["v=spf1", *terms])
    reading = await reader.read(text)
    return text if len(text) <= limit and reading.passes and is_sound(reading) else None


async def _without_faults(reader: SpfReader, terms: Sequence[str], limit: int) -> str | None:
    """Leave out terms that cost a lookup until no fault is left; None if that does not help."""

    async def build(kept: Collection[int]) -> str | None:
        return await _build(reader, (term for place, term in enumerate(terms) if place in kept), limit)

    costly = [place for place, term in enumerate(terms) if _parsed(term).name in COSTS_A_LOOKUP and not _is_ses(term)]
    kept = set(range(len(terms))) - set(costly)
    found = await build(kept)
    for place in costly[:COSTLY_LIMIT] if found else ():
        if text := await build(kept | {place}):
            found = text
            kept.add(place)
    return found


def _merged(records: Sequence[SpfRecord]) -> list[str]:
    """List the terms of all records, each once, and `all` last: of several that differ the mildest that stops mail."""
    terms = [text for record in records for text in _mended(record)]
    kept = {text.lower(): text for text in reversed(terms) if _parsed(text).name not in {"all", "redirect", "exp"}}
    ends = [text for text in terms if _parsed(text).name == "all"]
    redirects = [text for text in terms if _parsed(text).name == "redirect"]
    explanations = [text for text in terms if _parsed(text).name == "exp"]
    if len(records) > 1:
        kept |= {text.lower(): text for text in (f"include:{_parsed(text).spec}" for text in redirects)}
        ends, redirects = ends if len({text.lower() for text in ends}) == 1 else ["~all"] * bool(ends), []
    order = [text for text in dict.fromkeys(map(str.lower, terms)) if text in kept]
    order += [text for text in kept if text not in order]
    return [*(kept[text] for text in order), *ends[:1], *redirects[:1], *explanations[:1]]


def _mended(record: SpfRecord) -> list[str]:
    """List the terms of a record that parse, or can be made to."""
    words: list[str] = []
    for term in _BLANKS.split(record.text)[1:]:
        if words and words[-1].endswith((":", "=")) and term:
            words[-1] += term
        elif term:
            words.append(term)
    return [text for word in words for text in ([word] if _can_stay(word) else _guesses(word))]


def _can_stay(word: str) -> bool:
    return _parsed(word).is_valid and not _LIKE_A_MECHANISM.match(word) and "`" not in word  # which ends what is shown


def _guesses(word: str) -> list[str]:
    """Guess what a term that does not parse was meant to be; nothing if it stays unclear."""
    bare = _DASH.sub("-", word).strip(",;\"'`()<>").rstrip(".:")
    bare = _LIKE_A_MECHANISM.sub(r"\1:", bare)
    if address := _ADDRESS.fullmatch(bare):
        version = "ip6" if ":" in address["network"] else "ip4"
        bare = f"{address['qualifier']}{version}:{address['network']}"
    parts = [match["term"], match["all"]] if (match := _GLUED.fullmatch(bare)) else [bare]
    return [part for part in parts if part and _parsed(part).is_valid and _parsed(part).name]


def _is_ses(text: str) -> bool:
    term = _parsed(text)
    return term.name == "include" and host_name(term.spec) == SES_INCLUDE


def _parsed(text: str) -> SpfTerm:
    return parse_spf(f"v=spf1 {text}").terms[0]
