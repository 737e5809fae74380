"""Tags of a DMARC record judged by what the domains that it governs send with: which do harm there, or nothing."""

from collections.abc import Iterator

from mailproof.check.subjects import DmarcSubject
from mailproof.live.dmarc_reader import organisational_domain
from mailproof.live.dmarc_text import BELOW_TAGS, DmarcRecord, parse_dmarc
from mailproof.live.record_facts import DmarcFacts
from mailproof.model.names import longest_containing, public_suffixes


def kept_from_spf(subject: DmarcSubject, record: DmarcRecord) -> list[DmarcFacts]:
    """Return the governed domains whose MAIL FROM name, which lies below them, strict alignment shuts out."""
    return [facts for facts in _governed(subject) if facts.has_mail_from] if record.is_strict("aspf") else []


def shut_out_below(subject: DmarcSubject, record: DmarcRecord) -> list[DmarcFacts]:
    """
    Return the governed domains of which no mail passes with From at a name below.

    SES signs it as the identity above, and MAIL FROM is that identity's: with strict alignment neither has the name of
    From. The domain's own mail passes by DKIM.

    Source: RFC 9989 section 4.4; SES dg/send-email-authentication-dmarc
    """
    if not record.is_strict("adkim"):
        return []
    return [facts for facts in _governed(subject) if record.is_strict("aspf") or not facts.has_mail_from]


def shows_no_logo(record: DmarcRecord) -> list[str]:
    """
    Return the tags for which receivers show no logo (BIMI).

    Source: draft-brand-indicators-for-message-identification, "Requirements on DMARC"
    """
    mild = [f"{tag}=none" for tag in ("p", "sp") if record.tags.get(tag, "").lower() == "none"]
    return [*mild, *(["t=y"] if record.is_tested else []), *(["no p"] if "p" not in record.tags else [])]


def cut_off_from(subject: DmarcSubject, record: DmarcRecord) -> str | None:
    """
    Return the sending domain of the file above a name whose `psd` ends every walk there.

    With `psd=y` it is the name itself: whatever lies below it is an organisation of its own.

    Source: RFC 9989 section 4.10.2
    """
    where = subject.step.where
    if subject.own and not subject.own.sends:
        return None
    if record.psd == "y" and not public_suffixes(where).is_public(where):
        return where
    above = longest_containing(where.partition(".")[2], dict.fromkeys(subject.listed))
    return above if record.psd == "n" else None


def ignored_below(subject: DmarcSubject, record: DmarcRecord) -> str | None:
    """
    Return the organisational domain whose record governs the names below in the place of `sp` and `np` of this one.

    None if this record is that of the organisational domain, or names no such policy.

    Source: RFC 9989 sections 4.7, 4.10.1
    """
    own = subject.own
    if own is None or not own.above or not any(tag in record.tags for tag in BELOW_TAGS):
        return None
    found = organisational_domain((subject.step, *own.above))
    return found if found != subject.step.where else None


def tags_at_fault(subject: DmarcSubject, text: str) -> frozenset[str]:
    """Return the tags of a text that its record is better off without."""
    return frozenset(_at_fault(subject, parse_dmarc(text)))


def _at_fault(subject: DmarcSubject, record: DmarcRecord) -> Iterator[str]:
    if kept_from_spf(subject, record):
        yield "aspf"
    if shut_out_below(subject, record):
        yield "adkim"
    if cut_off_from(subject, record):
        yield "psd"
    if ignored_below(subject, record):
        yield from BELOW_TAGS


def _governed(subject: DmarcSubject) -> tuple[DmarcFacts, ...]:
    return tuple(facts for facts in subject.in_force or subject.governed if facts.sends)
