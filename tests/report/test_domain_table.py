"""Tests of what one wants to know of each domain."""

from dataclasses import replace
from typing import Any

import pytest

from mailproof.check.dmarc_policy import CheckedPolicy, DmarcPolicyFound
from mailproof.check.finding import CheckedAccount, Severity
from mailproof.report.domain_table import Told, account_rows, domain_rows
from mailproof.report.matrix import CellState, build_matrix
from tests.report.samples import finding, identity, report

MAIL_FROM = "bounce.example.com"
FOUND = DmarcPolicyFound(
    policy="reject", enforced="reject", percent=100, name="_dmarc.example.com", own=True, tag="p", unanswered=""
)
POLICY = CheckedPolicy(
    environment="prod", domain="example.com", tree_walk=FOUND, public_suffix_list=FOUND, differs=False
)


def _row(policy: CheckedPolicy, *findings: Any, **fields: Any) -> Any:
    made = report([identity(**{"mail_from_domain": MAIL_FROM} | fields)], *findings)
    made = replace(made, policies=[policy])
    (row,) = domain_rows(made, build_matrix(made))
    return row


@pytest.mark.parametrize(
    ("fields", "text", "state"),
    [
        ({}, "reject, from _dmarc.example.com", CellState.VERIFIED),
        ({"policy": "none", "enforced": "none"}, "none, from _dmarc.example.com", CellState.WARNING),
        ({"name": "_dmarc.com", "own": False}, "reject, inherited from _dmarc.com", CellState.VERIFIED),
        ({"enforced": "quarantine"}, "reject, tested only (t=y), from _dmarc.example.com", CellState.WARNING),
        ({"policy": None, "enforced": None}, "none in force", CellState.ERROR),
        ({"policy": None, "unanswered": "_dmarc.com: timeout"}, "not known", CellState.UNKNOWN),
    ],
)
def test_a_policy_is_told_with_its_record(fields: dict[str, Any], text: str, state: CellState) -> None:
    """A policy that asks for nothing is not green, and one that nobody could ask for is not said to be none."""
    assert _row(replace(POLICY, tree_walk=replace(FOUND, **fields))).dmarc == Told(text, state)


@pytest.mark.parametrize(
    ("fields", "text", "state"),
    [
        ({}, "aligned", CellState.VERIFIED),
        ({"mail_from": None}, "not aligned: no MAIL FROM", CellState.WARNING),
        ({"mail_from": "FAILED"}, "not aligned", CellState.ERROR),
        ({"mail_from": "TEMPORARY_FAILURE"}, "not known", CellState.UNKNOWN),
        ({"mail_from": "UNKNOWN"}, "not known", CellState.UNKNOWN),
    ],
)
def test_spf_aligns_only_by_a_name_that_ses_uses(fields: dict[str, Any], text: str, state: CellState) -> None:
    """Without one, mail passes SPF for amazonses.com, which is not the domain."""
    assert _row(POLICY, **fields).spf == Told(text, state)


@pytest.mark.parametrize(("name", "text"), [("_dmarc.example.com", "not aligned: aspf=s"), ("_dmarc.com", "aligned")])
def test_a_record_that_asks_for_the_same_name_is_never_met(name: str, text: str) -> None:
    """By the record that is in force, not by another."""
    strict = finding("dmarc-spf-never-aligns", Severity.WARNING, domain="example.com", name=name)
    assert _row(POLICY, strict).spf.text == text


@pytest.mark.parametrize(
    ("severity", "more", "text"),
    [
        (Severity.ERROR, {"name": MAIL_FROM, "type": "TXT"}, "not aligned"),
        (Severity.UNKNOWN, {"name": MAIL_FROM, "type": "TXT"}, "not known"),
        (Severity.ERROR, {"name": "example.com", "type": "NS", "domain": None}, "not aligned"),
        (Severity.ERROR, {"name": "t1._domainkey.example.com", "type": "CNAME"}, "aligned"),
    ],
)
def test_what_is_found_at_its_name_decides(severity: Severity, more: dict[str, Any], text: str) -> None:
    """SES looks at the MX alone: a wrong SPF record leaves its status at SUCCESS."""
    assert _row(POLICY, finding(severity=severity, **{"domain": "example.com"} | more)).spf.text == text


def test_regions_that_differ_are_named_the_worst_first() -> None:
    """What is the same everywhere is said once."""
    identities = [identity(region=region, key_bits=bits) for region, bits in (("us-east-1", 2048), ("eu-west-1", 1024))]
    made = replace(report(identities), policies=[POLICY])
    (row,) = domain_rows(made, build_matrix(made))
    assert row.key == Told("1024 bits (eu-west-1); 2048 bits (us-east-1)", CellState.WARNING)


def test_accounts_come_worst_first() -> None:
    """With their quota; without a limit, or not known, that is said."""
    states: list[Any] = [("production", -1), ("sandbox", 200), ("unknown", None), ("paused", 50_000)]
    accounts = [
        CheckedAccount(environment="prod", account="111122223333", region="eu-west-1", state=state, daily_quota=quota)
        for state, quota in states
    ]
    found = [(told.text, quota) for _, told, quota in account_rows(replace(report(), accounts=accounts))]
    assert found == [("paused", "50,000"), ("unknown", "not known"), ("sandbox", "200"), ("production", "no limit")]
