"""Environments and answers of SES that the export tests share."""

from hashlib import sha256
from pathlib import Path
from typing import Any

from mailproof.environments import load_environments
from mailproof.export.collect import RecordList, collect_records
from mailproof.export.dkim_reader import DkimAnswer, DkimState
from mailproof.export.selection import RecordSelection
from mailproof.model.environment import Environment
from tests.check.world_aws import identity_answer

PROD = """
account: "111122223333"
regions: [us-east-1, eu-west-1]
zones:
  example.com: {id: Z0EXAMPLE}
  partner.example: external
  bücher.example: external
domains:
  - name: example.com
    mail_from: bounce
    dmarc: {policy: reject, reports: ["dmarc@example.com"]}
  - name: news.example.com
    regions: [eu-west-1]
  - name: partner.example
    dmarc: {policy: none, reports: ["dmarc@example.com"]}
  - name: bücher.example
    regions: [eu-west-1]
"""


class FakeReader:
    """Answers as SES would, with tokens made from domain and region; holds what it was asked."""

    def __init__(self, answers: dict[tuple[str, str], DkimAnswer] | None = None) -> None:
        """Take the answers that are not the usual one, by domain and region."""
        self.answers = answers or {}
        self.asked: list[tuple[str, str, str]] = []

    def read(self, environment: Environment, domain: str, region: str) -> DkimAnswer:
        """Tell three records."""
        self.asked.append((environment.name, domain, region))
        return self.answers.get((domain, region)) or known(
            domain, sha256(f"{domain} {region}".encode()).hexdigest()[:31]
        )


def known(domain: str, token: str, host: str = "dkim.amazonses.com") -> DkimAnswer:
    """Make the answer of an identity with Easy DKIM."""
    pairs = tuple((f"{token}{number}._domainkey.{domain}", f"{token}{number}.{host}") for number in (1, 2, 3))
    return DkimAnswer(DkimState.KNOWN, pairs)


def easy_dkim(domain: str, region: str, host: str = "dkim.amazonses.com") -> tuple[int, dict[str, Any]]:
    """Make the answer of GetEmailIdentity for an identity with Easy DKIM."""
    stem = f"{domain}{region}".replace(".", "").replace("-", "")
    dkim = {
        "SigningEnabled": True,
        "Status": "SUCCESS",
        "Tokens": [f"{stem}{number}" for number in (1, 2, 3)],
        "SigningAttributesOrigin": "AWS_SES",
        "SigningHostedZone": host,
    }
    return 200, identity_answer(dkim)


def environments(folder: Path, **files: str) -> list[Environment]:
    """Write environment files and read them."""
    for name, text in (files or {"prod": PROD}).items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_environments(folder)


def sample(folder: Path) -> RecordList:
    """List every record of the environment above."""
    return collect_records(environments(folder), RecordSelection(), FakeReader())
