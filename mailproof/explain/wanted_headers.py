"""
Headers that receivers and people ask for; nothing is fetched.

Source: RFC 8058; RFC 2369; RFC 2919; RFC 3834
"""

import re
from collections.abc import Callable, Iterator

from mailproof.explain.case import Case
from mailproof.explain.explanation import HeaderVerdict
from mailproof.explain.mail import domain_of
from mailproof.model.mail_addresses import addresses_in
from mailproof.model.names import is_within

ONE_CLICK = "List-Unsubscribe=One-Click"
LINK = re.compile(r"<\s*([^<>\s]+)\s*>")
UNSUBSCRIBE, POST = "List-Unsubscribe", "List-Unsubscribe-Post"


def judge_headers(case: Case) -> list[HeaderVerdict]:
    """Judge the headers of a message."""
    return [verdict for judge in JUDGES for verdict in judge(case)]


def _one_click(case: Case) -> Iterator[HeaderVerdict]:
    values, posts = case.mail.all(UNSUBSCRIBE.lower()), case.mail.all(POST.lower())
    name = "one-click unsubscribe"
    if not values and not posts:
        yield HeaderVerdict(
            name=name, result="absent", text="No List-Unsubscribe: right for mail to one person, wrong for bulk mail"
        )
        return
    links = LINK.findall(values[0]) if values else []
    faults = []
    if len(values) != 1 or len(posts) != 1:
        faults.append(
            f"List-Unsubscribe stands {len(values)} times, List-Unsubscribe-Post {len(posts)} times: once each"
        )
    if values and not any(link.lower().startswith("https://") for link in links):
        faults.append("List-Unsubscribe has no https link in angle brackets")
    if posts and "".join(posts[0].split()) != ONE_CLICK:
        faults.append(f"List-Unsubscribe-Post is not {ONE_CLICK}")
    covering = [each for each in case.signatures if each.result == "pass"]
    wanted = {UNSUBSCRIBE.lower(), POST.lower()}
    if values and posts and not any(wanted <= set(each.headers) for each in covering):
        faults.append("no signature that verifies covers both headers")
    text = "; ".join(faults) or "there, of the right form, and signed"
    yield HeaderVerdict(name=name, result="wrong" if faults else "right", text=text)


def _addresses(case: Case) -> Iterator[HeaderVerdict]:
    mail, domain = case.mail, case.origin.domain
    for author in mail.authors[:1]:
        if domain:
            yield HeaderVerdict(name="From", result="right", text=f"{author} belongs to {domain}, {case.origin.place}")
        else:
            yield HeaderVerdict(name="From", result="note", text=f"{author}: no environment file has its domain")
    for reply in addresses_in(*mail.all("reply-to")):
        if domain and not is_within(domain_of(reply), domain):
            yield HeaderVerdict(
                name="Reply-To",
                result="note",
                text=f"{reply} is of another domain; that changes nothing of DKIM or DMARC",
            )
    if mail.envelope_sender is not None:
        words = {
            "of the file": "the custom MAIL FROM domain of the file",
            "SES": "SES's own, which does not align",
            "other": "neither a MAIL FROM domain of the files nor SES's",
            "": "empty, as of a bounce",
        }[case.origin.mail_from]
        yield HeaderVerdict(name="Return-Path", result="note", text=f"{mail.envelope_domain or '<>'}: {words}")


def _lists(case: Case) -> Iterator[HeaderVerdict]:
    mail = case.mail
    if value := mail.first("list-id"):
        is_right = bool(re.search(r"<[^<>\s@]+\.[^<>\s@]+>\s*$", value))
        text = value if is_right else f"{value}: is not a name in angle brackets (RFC 2919)"
        yield HeaderVerdict(name="List-Id", result="right" if is_right else "wrong", text=text)
    if value := mail.first("precedence"):
        yield HeaderVerdict(
            name="Precedence",
            result="note",
            text=f"{value}: keeps automatic answers away at some receivers; no standard says so, Auto-Submitted is one",
        )


JUDGES: tuple[Callable[[Case], Iterator[HeaderVerdict]], ...] = (_one_click, _addresses, _lists)
