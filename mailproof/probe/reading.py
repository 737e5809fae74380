"""What a message shows where it arrived: its signatures, its envelope, and what its receiver says."""

import email
import email.utils
import re
from email.message import Message
from email.policy import compat32
from importlib import import_module
from typing import Any

from mailproof.check.probed import SeenMessage, SeenSignature
from mailproof.live.answer import Unanswered, texts_of
from mailproof.live.dmarc_reader import organisational_domain, policy_step, single_record, walk
from mailproof.live.resolver import Lookup
from mailproof.model.errors import MailproofError
from mailproof.model.safe_text import visible
from mailproof.probe.plan import HEADER

STRICT = "s"
RESULT = re.compile(r"(?:^|;)\s*(?P<method>spf|dkim|dmarc)\s*=\s*(?P<result>[a-z]+)", re.IGNORECASE)
COMMENT = re.compile(r"\([^()]*\)")


class MissingLibraryError(MailproofError):
    """The library that verifies is not installed."""


def mark_of(message: bytes) -> str:
    """Return what a message says in the header by which it is known."""
    return str(_headers(message).get(HEADER, "")).strip()


async def read_message(message: bytes, domain: str, lookup: Lookup) -> SeenMessage:
    """
    Look at a message, and verify its signatures.

    Args:
        message: As it arrived.
        domain: That it has in From.
        lookup: Answers for DNS.

    Raises:
        MissingLibraryError: See `load_verifier`.
    """
    headers = _headers(message)
    receiver, verdicts = _read_verdicts(headers)
    _, envelope = email.utils.parseaddr(str(headers.get("Return-Path", "")))
    signatures = await _read_signatures(message, domain, lookup)
    return SeenMessage(signatures, visible(envelope.rpartition("@")[2].lower()), receiver, verdicts)


def _headers(message: bytes) -> Message:
    return email.message_from_bytes(message.partition(b"\n\r\n")[0].partition(b"\n\n")[0] + b"\n\n", policy=compat32)


def _read_verdicts(headers: Message) -> tuple[str, dict[str, str]]:
    """Read the topmost Authentication-Results: what is below it may be of anybody."""
    text = COMMENT.sub("", str(headers.get("Authentication-Results", "")))
    results: dict[str, str] = {}
    for found in RESULT.finditer(text):
        method, result = found["method"].lower(), found["result"].lower()
        if results.get(method) != "pass":
            results[method] = result
    return visible(text.partition(";")[0].strip()), results


def load_verifier() -> Any:
    """
    Return dkimpy.

    Raises:
        MissingLibraryError: It is not installed.
    """
    try:
        return import_module("dkim")
    except ModuleNotFoundError as err:
        words = "dkimpy is not installed, which verifies signatures; run: pip install 'mailproof[sign]'"
        raise MissingLibraryError(words) from err


async def _read_signatures(message: bytes, domain: str, lookup: Lookup) -> tuple[SeenSignature, ...]:
    dkim = load_verifier()
    parsed = dkim.DKIM(message)
    values = [value for name, value in parsed.headers if name.lower() == b"dkim-signature"]
    steps = await walk(lookup, domain)
    policy = policy_step(steps)
    record = single_record(policy) if policy else None
    is_strict = record is not None and record.tags.get("adkim", "").lower() == STRICT
    organisation = organisational_domain(steps)
    seen = []
    for index, value in enumerate(values):
        try:
            tags = {name: text.decode("ascii") for name, text in dkim.util.parse_tag_value(value).items()}
            signer, selector = tags[b"d"].lower(), tags[b"s"]
        except (dkim.util.InvalidTagValueList, UnicodeDecodeError, KeyError):
            continue  # no receiver reads it
        key = await lookup.txt(f"{selector}._domainkey.{signer}")
        if isinstance(key, Unanswered):
            problem = f"its key could not be asked for: {key}"
        else:
            texts = [text.text.encode() for text in texts_of(key)]
            problem = _verify(dkim, parsed, index, texts[0] if texts else b"")
        is_own = signer == domain
        is_aligned = (
            is_own if is_strict else is_own or organisational_domain(await walk(lookup, signer)) == organisation
        )
        is_asked = not isinstance(key, Unanswered)
        seen.append(SeenSignature(visible(signer), visible(selector), is_aligned, visible(problem), is_asked))
    return tuple(seen)


def _verify(library: Any, parsed: Any, index: int, key: bytes) -> str:
    """Return why a signature does not verify; empty if it does."""
    if not key:
        return "there is no key at its name"
    try:
        is_right = parsed.verify(index, dnsfunc=lambda *_, **__: key)
    except (library.DKIMException, ValueError, LookupError) as err:  # whatever stands in the header
        return str(err)
    return "" if is_right else "its key, or the message, is another than was signed"
