"""
Find what a change does to live mail although it takes nothing away, by comparing templates before and after.

Source: https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-easy.html (length of the key) and
https://docs.aws.amazon.com/ses/latest/dg/mail-from.html (behaviour without an MX).
"""

from collections.abc import Callable, Iterator

from mailproof.model.dmarc import dropped_from
from mailproof.model.domain import REJECT
from mailproof.model.names import host_name
from mailproof.model.wording import shorten
from mailproof.template.contents import Template, live_resources, record_sets
from mailproof.template.identities import Properties, identities_of, key_length, mail_from, own_selector, properties_of
from mailproof.template.plain_text import as_given_back

ONCE = "SES takes one change in 24 hours, and refuses a second one, which undoes the deployment"
WEAKER, STRONGER = "RSA_1024_BIT", "RSA_2048_BIT"


def find_notices(stack: str, deployed: Template, wanted: Template) -> Iterator[str]:
    """
    Say what becomes of identities and DMARC records that stay, one line for each kind of change.

    Args:
        stack: Id of the stack, for what is said.
        deployed: The template in force.
        wanted: The template to deploy.
    """
    before, after = (_identities(template) for template in (deployed, wanted))
    found: dict[str, list[str]] = {}
    for domain in before.keys() & after.keys():
        for judge in _JUDGES:
            if words := judge(before[domain], after[domain]):
                found.setdefault(words, []).append(repr(domain))
    to_come = _policies(wanted)
    for name, values in _policies(deployed).items():
        if lost := dropped_from(name, values, to_come.get(name, ())):
            found.setdefault(f"the DMARC record loses {'; '.join(lost)}", []).append(repr(name))
    for words in sorted(found):
        yield f"{stack}: {shorten(sorted(found[words]))}: {words}"


def _policies(template: Template) -> dict[str, list[str]]:
    """Return the values of the DMARC records of a template by name."""
    members = (member for resource in live_resources(template).values() for member in record_sets(resource))
    texts = (member for member in members if member.get("Type") == "TXT" and isinstance(member.get("Name"), str))
    return {host_name(text["Name"]): list(map(str, text.get("ResourceRecords", ()))) for text in texts}


def _identities(template: Template) -> dict[str, Properties]:
    properties = map(properties_of, identities_of(template).values())
    return {str(found.get("EmailIdentity")): found for found in properties}


def _key_length(before: Properties, after: Properties) -> str:
    old, new = key_length(before), key_length(after)
    if old == new:
        return ""
    if new == WEAKER:
        return f"will be signed with keys of 1024 bits, which are weaker; the records stay; {ONCE}"
    if new == STRONGER and old:
        return f"will be signed with keys of 2048 bits; the records stay; {ONCE}"
    if new == STRONGER:
        return f"is to have keys of 2048 bits, which SES may refuse where it has them; {ONCE}"
    return "keeps the length of its keys: a file without `key_length` changes nothing"


def _own_key(before: Properties, after: Properties) -> str:
    old, new = own_selector(before), own_selector(after)
    if not (old and new) or old == new:
        return ""
    return (
        f"will be signed with the key of selector {new} instead of {old}; "
        "whether a message leaves unsigned until SES has found the new record is not documented"
    )


def _on_mx_failure(before: Properties, after: Properties) -> str:
    (_, old), (_, new) = mail_from(before), mail_from(after)
    if old == new or not (old and new):
        return ""
    if new == REJECT:
        return "its mail will be refused as long as SES does not find the MX of its MAIL FROM domain"
    return "its mail will go out under a MAIL FROM domain of SES, so SPF does not align, while SES finds no MX"


def _tags(before: Properties, after: Properties) -> str:
    old, new = (
        {as_given_back(tag["Key"]): as_given_back(tag["Value"]) for tag in found.get("Tags", [])}
        for found in (before, after)
    )
    changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    if not changed:
        return ""
    return f"tags change in place, {shorten(changed)}; IAM policies with conditions on tags see the new ones"


_JUDGES: tuple[Callable[[Properties, Properties], str], ...] = (_key_length, _own_key, _on_mx_failure, _tags)
