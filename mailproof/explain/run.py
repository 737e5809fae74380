"""Explain a message: read it, verify it through DNS, say where it belongs and why it fails."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from mailproof.dmarc.sources import Ours
from mailproof.explain.case import Case
from mailproof.explain.causes import find_causes
from mailproof.explain.envelope import client_hop, judge_envelope, spf_message
from mailproof.explain.explanation import Dmarc, Explanation
from mailproof.explain.mail import Mail, domain_of, read_mail
from mailproof.explain.origin import read_origin, signer_of
from mailproof.explain.policy import STRICT, Author
from mailproof.explain.signatures import verify_signatures
from mailproof.explain.trusted import read_receiver
from mailproof.explain.wanted_headers import judge_headers
from mailproof.live.resolver import Lookup
from mailproof.model.environment import Environment


@dataclass(frozen=True, slots=True)
class Judging:
    """
    By what messages are judged.

    Attributes:
        environments: The files to which they may belong.
        ours: What the files say of our mail, and SES of its tokens.
        trusted: Authserv-ids whose Authentication-Results are believed; without any, the topmost is shown.
        client_ip: Where they came from; empty reads it off Received.
    """

    environments: Sequence[Environment] = ()
    ours: Ours = field(default_factory=Ours)
    trusted: tuple[str, ...] = ()
    client_ip: str = ""


async def explain(
    message: bytes, lookup: Lookup, judging: Judging | None = None, *, place: str = "", is_quoted: bool = False
) -> Explanation:
    """
    Explain a message.

    Args:
        message: As it arrived.
        lookup: Answers for DNS.
        judging: By what it is judged.
        place: Where it was found.
        is_quoted: Whether it lies in a mailbox, which quotes lines.

    Raises:
        NoMessageError: It is none.
        MissingLibraryError: A library is not installed.
    """
    judging = judging or Judging()
    known = judging.ours
    mail = read_mail(message, is_quoted=is_quoted)
    author = await Author.read(mail.author_domain, lookup) if mail.author_domain else None
    receiver = read_receiver(mail, judging.trusted)
    signatures = await verify_signatures(mail, lookup, _alignment(author))
    hop = client_hop(mail, receiver.name if receiver and receiver.trusted else "")
    address = judging.client_ip or (str(hop.address) if hop else "")
    asked = spf_message(mail, hop)
    is_aligned = await author.aligns(domain_of(asked.sender), "aspf") if author else False
    spf = await judge_envelope(lookup, asked, address, is_aligned=is_aligned)
    dmarc = author.judge(signatures, spf) if author else _unjudged(mail)
    origin = read_origin(mail, signatures, judging.environments, known)
    named = tuple(replace(each, signer=signer_of(each, known)) for each in signatures)
    case = Case(mail, named, spf, dmarc, origin, _strict(author))
    return Explanation(
        place=place,
        author=", ".join(mail.authors),
        subject=mail.subject,
        date=mail.first("date"),
        message_id=mail.first("message-id"),
        receiver=receiver,
        signatures=named,
        spf=spf,
        dmarc=dmarc,
        origin=origin,
        causes=find_causes(case),
        headers=judge_headers(case),
    )


def _alignment(author: Author | None) -> Callable[[str], Awaitable[bool]]:
    async def is_aligned(domain: str) -> bool:
        return author is not None and await author.aligns(domain, "adkim")

    return is_aligned


def _strict(author: Author | None) -> frozenset[str]:
    tags = author.record.tags if author and author.record else {}
    return frozenset(tag for tag in ("adkim", "aspf") if tags.get(tag, "").lower() == STRICT)


def _unjudged(mail: Mail) -> Dmarc:
    """Without one author there is nothing to align with: RFC 9989 section 9.1 has `none` for that."""
    count = len(mail.all("from"))
    if count > 1:
        why = f"there are {count} From headers"
    else:
        why = "From has addresses of several domains" if mail.authors else "From has no address"
    return Dmarc(result="none", reason=why)
