"""Environments to synthesise."""

import yaml

from mailproof.model.environment import Environment
from tests.stacks.assembly import read_environment

HOME = "111122223333"
ZONES_ACCOUNT = "999988887777"
OTHER_ZONES_ACCOUNT = "888877776666"

EVERYTHING = f"""
account: "{HOME}"
regions: [us-east-1, eu-west-1]
tags: {{team: mail, cost-centre: "42"}}
zones:
  example.com: {{id: Z0COM}}
  example.org: {{id: Z0ORG, account: "{ZONES_ACCOUNT}"}}
  example.net: {{id: Z0NET, account: "{OTHER_ZONES_ACCOUNT}"}}
  partner.example: external
domains:
  - name: example.com
    dmarc: {{policy: reject, reports: [dmarc@example.org, dmarc@example.com, dmarc@partner.example]}}
  - name: news.example.com
    mail_from: {{name: bounce, on_mx_failure: reject_message}}
    dkim: {{key_length: 1024}}
  - name: shop.example.com
    regions: [eu-west-1]
    record_sets: individual
    dmarc: {{policy: none}}
    stack: brand
  - name: example.org
    mail_from: bounce
    dmarc: {{policy: reject}}
  - name: eu.example.org
    regions: [eu-west-1]
  - name: example.net
    mail_from: none
  - name: partner.example
    mail_from: bounce
    dmarc: {{policy: none, reports: [dmarc@example.com]}}
"""
"""One environment with every kind of owner."""


def everything() -> Environment:
    """Return the environment with every kind of owner."""
    return read_environment(EVERYTHING)


def fleet(domain_count: int, **more: object) -> Environment:
    """Return an environment of many domains in one region."""
    content = {
        "account": HOME,
        "regions": ["eu-west-1"],
        "zones": {"example.com": {"id": "Z0COM"}},
        "domains": [{"name": f"d{number}.example.com"} for number in range(domain_count)],
    }
    return read_environment(yaml.safe_dump(content | more))
