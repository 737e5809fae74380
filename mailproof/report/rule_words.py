"""Title and meaning of a rule, for people."""

from functools import cache

from mailproof.check.catalogue import CHECK, PREFLIGHT

TITLES = {
    "account-in-sandbox": "Account in the SES sandbox",
    "account-unanswered": "Account not confirmed",
    "account-under-review": "Account under review by AWS",
    "address-expired": "Address link has expired",
    "address-identity-overrides-domain": "Address identity overrides its domain",
    "address-mail-from-differs": "Address has another MAIL FROM",
    "address-missing": "Address not in SES",
    "address-pending": "Address waits for its link",
    "bimi-not-shown": "Logo not shown under this policy",
    "configuration-set-blocks-sending": "Configuration set stops mail",
    "delegation-arrived": "Zone now answers from Route 53",
    "delegation-elsewhere": "Zone delegated to other servers",
    "delegation-missing": "Zone not delegated",
    "delegation-mixed": "Zone delegated to two providers",
    "delegation-pending": "Zone not yet with Route 53",
    "dkim-cname-doubled-zone": "DKIM name ends in the zone twice",
    "dkim-cname-flattened": "DKIM CNAME replaced by its answer (proxy)",
    "dkim-cname-missing": "DKIM CNAME missing",
    "dkim-cname-points-elsewhere": "DKIM CNAME points elsewhere",
    "dkim-cname-wrong-level": "DKIM CNAME one level too high",
    "dkim-failed-set-up-again": "DKIM set-up gave up: start again",
    "dkim-given-key-missing": "No key behind the DKIM record",
    "dkim-key-1024": "DKIM key of 1024 bits",
    "dkim-key-differs": "SES signs with another key",
    "dkim-not-a-replica": "Identity is no replica",
    "dkim-not-started": "DKIM not set up",
    "dkim-own-key-wrong": "DKIM key record wrong",
    "dkim-pending": "DKIM waits for SES",
    "dkim-replica-failed": "Replica failed",
    "dkim-replica-out-of-step": "Replica out of step",
    "dkim-selector-unknown": "DKIM selector not known",
    "dkim-signing-off": "DKIM signing is off",
    "dkim-signing-on": "SES signs beside the sender",
    "dkim-target-wrong-region": "DKIM target of another region",
    "dmarc-alias-dangling": "DMARC alias leads nowhere",
    "dmarc-alias-differs": "DMARC alias leads elsewhere",
    "dmarc-differs": "DMARC record differs from the file",
    "dmarc-missing": "No DMARC record",
    "dmarc-multiple-records": "Several DMARC records",
    "dmarc-names-below-fail": "Names below fail strict DMARC",
    "dmarc-pct-ignored": "DMARC pct is ignored",
    "dmarc-psd-cuts-off": "DMARC psd cuts off domains below",
    "dmarc-removed-tags": "DMARC tags of an old standard",
    "dmarc-report-address": "DMARC report address unreadable",
    "dmarc-report-not-authorised": "DMARC reports not agreed to",
    "dmarc-report-redirected": "DMARC reports sent elsewhere",
    "dmarc-spf-never-aligns": "SPF never aligns (aspf=s)",
    "dmarc-subdomain-policy-ignored": "DMARC sp or np ignored here",
    "dmarc-syntax": "DMARC record unreadable",
    "dns-answer-cached": "Old answer in the resolver's cache",
    "dns-unanswered": "DNS did not answer",
    "dnssec-bogus": "DNSSEC broken",
    "domain-mx-is-feedback-host": "Domain's own MX is SES's",
    "identity-missing": "Identity missing in SES",
    "mail-from-differs": "Another MAIL FROM in SES",
    "mail-from-failed-set-up-again": "MAIL FROM set-up gave up: start again",
    "mail-from-is-cname": "MAIL FROM name is an alias",
    "mail-from-mx-extra": "More than one MX at the MAIL FROM name",
    "mail-from-mx-missing": "MAIL FROM MX missing",
    "mail-from-mx-points-elsewhere": "MAIL FROM MX points elsewhere",
    "mail-from-mx-wrong-region": "MAIL FROM MX of another region",
    "mail-from-pending": "MAIL FROM waits for SES",
    "mail-from-spf-missing": "MAIL FROM SPF missing",
    "mail-from-spf-wrong": "MAIL FROM SPF does not let SES pass",
    "mail-from-temporary-failure": "MAIL FROM fails for now",
    "mta-sts-differs": "MTA-STS policy differs from the file",
    "mta-sts-host-missing": "MTA-STS host missing",
    "mta-sts-mx-missing": "MTA-STS policy lacks an MX",
    "mta-sts-not-served": "MTA-STS policy not served",
    "mta-sts-refuses-mail": "MTA-STS policy refuses the domain's MX",
    "mta-sts-unanswered": "MTA-STS policy not read",
    "mx-preference-in-host": "MX preference entered as part of the host",
    "name-server-out-of-step": "Name servers out of step",
    "parked-domain-in-use": "Parked domain is in use",
    "record-below-delegation": "Record below another delegation",
    "record-differs": "Record differs from the file",
    "record-doubled-zone": "Name ends in the zone twice",
    "record-missing": "Record missing",
    "record-wrong-level": "Record at the domain itself",
    "route53-unanswered": "Route 53 did not answer",
    "self-signed-mail-rewritten": "SES rewrites signed mail",
    "sending-paused": "Sending paused",
    "ses-temporary-failure": "DKIM fails for now",
    "ses-unanswered": "SES did not answer",
    "spf-broken-behind-ses": "SPF broken for other senders",
    "spf-depends-on-message": "SPF depends on the message",
    "spf-flattened": "SPF lists SES's networks by hand",
    "spf-include-missing": "SPF include missing",
    "spf-multiple-records": "Several SPF records",
    "spf-syntax": "SPF record unreadable",
    "spf-too-many-lookups": "SPF takes more than ten lookups",
    "spf-void-lookups": "SPF looks up names that are not there",
    "target-doubled-zone": "Target ends in the zone twice",
    "txt-mangled": "Text mangled by the DNS host",
    "zone-inside-another": "Zone is part of the one above",
    "zone-not-found": "Hosted zone not found",
    "zone-private": "Hosted zone is private",
}
"""Rule to title. One that is not here has a title made of its id."""
ABBREVIATIONS = {word: word.upper() for word in ("cname", "dkim", "dmarc", "dns", "dnssec", "mx", "ses", "spf", "txt")}
WORDS = {**ABBREVIATIONS, "route53": "Route 53"}
MAIL_FROM = ("mail-from", "MAIL_FROM")
MEANINGS = {rule.id: rule.meaning for rule in (*CHECK, *PREFLIGHT)}


@cache
def rule_title(rule: str) -> str:
    """Return ``Target ends in the zone twice`` for ``target-doubled-zone``."""
    if rule in TITLES:
        return TITLES[rule]
    words = [WORDS.get(word, word) for word in rule.replace(*MAIL_FROM).split("-")]
    text = " ".join(words).replace("_", " ")
    return text[:1].upper() + text[1:]


def rule_meaning(rule: str) -> str:
    """Say what it means for mail; empty for a rule that is not in the catalogue."""
    return MEANINGS.get(rule, "")
