"""Reports that the tests of the report share."""

from dataclasses import replace
from typing import Any

from mailproof.check.changes import Known, Scope, with_changes
from mailproof.check.dmarc_policy import CheckedPolicy, DmarcPolicyFound
from mailproof.check.finding import CheckedAccount, CheckedIdentity, CheckedZone, CheckReport, Finding, Severity

CHECKED_AT = "2026-11-24T08:30:00+00:00"
REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2", "af-south-1")


def identity(domain: str = "example.com", region: str = "us-east-1", **more: Any) -> CheckedIdentity:
    """Make the identity of a domain that is verified, unless told otherwise."""
    fields: dict[str, Any] = {
        "environment": "prod",
        "account": "111122223333",
        "identity": "SUCCESS",
        "dkim": "SUCCESS",
        "mail_from": "SUCCESS",
        "records": "right",
        "path": "environments/prod.yaml",
        "line": 14,
    }
    return CheckedIdentity(domain=domain, region=region, **(fields | more))


def finding(rule: str = "dkim-cname-missing", severity: Severity = Severity.ERROR, **more: Any) -> Finding:
    """Make a finding."""
    fields: dict[str, Any] = {
        "environment": "prod",
        **dict.fromkeys(("domain", "region", "name", "type")),
        "expected": "a CNAME",
        "observed": "none",
        "fix": "publish it",
        "source": "https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-easy.html",
    }
    return Finding(rule=rule, severity=severity, **(fields | more))


def report(identities: list[CheckedIdentity] | None = None, *findings: Finding) -> CheckReport:
    """Make a report."""
    return CheckReport(
        checked_at=CHECKED_AT, identities=[identity()] if identities is None else identities, findings=findings
    )


def mixed() -> CheckReport:
    """Make a report with every state, every severity and every kind of subject, in two environments."""
    identities = [
        identity("example.com", "us-east-1"),
        identity("example.com", "eu-west-1", dkim="PENDING", records="wrong"),
        identity("news.example.com", "eu-west-1", line=18),
        identity("news.example.com", "ap-southeast-2", line=18),
        identity("partner.example", "us-east-1", line=24, records="unknown"),
        identity("partner.example", "eu-west-1", line=24, identity="UNKNOWN", dkim="UNKNOWN", mail_from="UNKNOWN"),
        identity(
            "test.example.net", "us-east-1", environment="stage", account="444455556666", path="environments/stage.yaml"
        ),
    ]
    token = "6gbrjpgwjskckoa6a5zn6fwqkn67xbtw"
    dkim = [
        finding(
            domain="example.com",
            region="eu-west-1",
            name=f"{token[number:]}{token[:number]}._domainkey.example.com",
            type="CNAME",
            expected=f"{token[number:]}{token[:number]}.dkim.amazonses.com",
            fix="Publish the record at the DNS host of example.com.",
        )
        for number in range(3)
    ]
    others = [
        finding(
            "delegation-missing",
            name="partner.example",
            type="NS",
            expected="the zone is delegated",
            observed="does not exist in public DNS",
            fix="Register or renew the domain, or add the zone's NS records to its parent.",
            source="RFC 8020 section 2; https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-verification.html",
        ),
        finding(
            "dmarc-missing",
            domain="example.com",
            name="_dmarc.example.com",
            type="TXT",
            expected="a DMARC record",
            fix="Publish a record, with p=none and reports to begin with.",
            source="RFC 9989 section 4.10.1",
        ),
        finding(
            "ses-unanswered",
            Severity.UNKNOWN,
            domain="partner.example",
            region="eu-west-1",
            expected="an answer",
            observed="AccessDeniedException",
            fix="Grant ses:GetEmailIdentity.",
            source="https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetEmailIdentity.html",
        ),
        finding(
            "account-in-sandbox",
            Severity.WARNING,
            region="ap-southeast-2",
            expected="production access",
            observed="sandbox, 200 messages a day",
            fix="Request production access in this region.",
            source="https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html",
        ),
        finding(
            "dkim-key-1024",
            Severity.WARNING,
            domain="news.example.com",
            region="eu-west-1",
            expected="2048 bits",
            observed="1024 bits",
            fix="Set the next signing key length to 2048 (once in 24 hours).",
            source="RFC 8301 section 3.2",
        ),
        finding(
            "dmarc-removed-tags",
            Severity.INFO,
            domain="news.example.com",
            name="_dmarc.news.example.com",
            type="TXT",
            expected="current tags",
            observed="pct",
            fix="Remove it; t=y is what pct was used for.",
            source="RFC 9989 appendix A.6",
        ),
    ]
    return report(identities, *dkim, *others)


def whole() -> CheckReport:
    """Make the same with all that a report can hold: policies, accounts, the DNS host of a zone, an earlier run."""
    made = mixed()
    found = DmarcPolicyFound(
        policy="none", enforced="none", percent=100, name="_dmarc.example.com", own=True, tag="p", unanswered=""
    )
    policies = [
        CheckedPolicy(environment=environment, domain=domain, tree_walk=found, public_suffix_list=found, differs=False)
        for environment, domain in dict.fromkeys((row.environment, row.domain) for row in made.identities)
    ]
    states: list[Any] = ["production", "sandbox", "under review", "paused", "unknown"]
    accounts = [
        CheckedAccount(environment="prod", account="111122223333", region="eu-west-1", state=state) for state in states
    ]
    zones = [CheckedZone(environment="prod", zone="example.com", servers=("amy.ns.cloudflare.com",))]
    name = "t1._domainkey.example.com"
    publish = f"Publish `{name}. 1800 IN CNAME t1.dkim.amazonses.com.`, then `mailproof wait`."
    record = finding(domain="example.com", region="us-east-1", name=name, type="CNAME", fix=publish)
    made = replace(made, findings=[*made.findings, record], policies=policies, accounts=accounts, zones=zones)
    before = [*made.findings[:2], finding("dmarc-missing", domain="gone.example")]
    return with_changes(made, Known("2026-11-23T08:30:00+00:00", before), Scope(["prod", "stage"]))


def large(domains: int = 1000, regions: tuple[str, ...] = REGIONS) -> CheckReport:
    """Make a report of many domains, a tenth of them with three missing records in every region."""
    identities, findings = [], []
    for number in range(domains):
        domain = f"brand-{number:04}.example.com"
        broken = number % 10 == 3
        for region in regions:
            identities.append(
                identity(domain, region, line=10 + number, records="wrong" if broken else "right", dkim="SUCCESS")
            )
            findings += [
                finding(
                    domain=domain,
                    region=region,
                    name=f"{number:04}{region.replace('-', '')}{token}qwertyuiop._domainkey.{domain}",
                    type="CNAME",
                    expected=f"{number:04}{region.replace('-', '')}{token}qwertyuiop.dkim.amazonses.com",
                )
                for token in range(3 if broken else 0)
            ]
        if number % 25 == 7:
            findings.append(finding("dkim-key-1024", Severity.WARNING, domain=domain, region=regions[0]))
    return report(identities, *findings)
