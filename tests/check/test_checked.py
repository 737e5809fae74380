"""Tests of what a report says beside findings."""

from tests.check.test_worlds import report_of
from tests.check.world import FOLDER


def test_account_key_and_servers_are_told() -> None:
    """Region by region; the servers of a zone tell how its host wants records."""
    accounts = report_of(FOLDER / "account-in-sandbox.yaml").accounts
    assert [(one.region, one.state, one.daily_quota) for one in accounts] == [
        ("us-east-1", "production", 50_000),
        ("eu-west-1", "sandbox", 200),
    ]
    report = report_of(FOLDER / "dkim-key-1024.yaml")
    assert {one.key_bits for one in report.identities} == {1024}
    assert report.zones[0].servers == ("ns-1011.awsdns-11.org", "ns-11.awsdns-01.com")
