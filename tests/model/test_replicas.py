"""Replicas of a key of SES: one region has the records, the others say in their templates whose replica they are."""

import json

import pytest

from mailproof.change.replication import build_policy, find_replicas
from mailproof.model.placement import plan_stacks
from mailproof.model.resources import build_identity, dkim_attributes
from tests.model.reading import GOOD, problems, read

FILE = f"{GOOD}    mail_from: none\n    dkim: {{replica_of: us-east-1, key_length: 1024}}\n"
ALL = "rollout: {waves: all}\n"


def test_the_parent_has_the_records_and_the_others_say_whose_replica_they_are() -> None:
    """CloudFormation has no property for it, so that the template notes it beside."""
    prod = read(FILE)
    (domain,) = prod.domains
    held = {
        plan.id.id: [r.token_number for h in plan.record_sets for r in h.records(dkim_attributes(domain.name))]
        for plan in plan_stacks(prod)
    }
    assert held == {"ses-us-east-1": [1, 2, 3], "ses-eu-west-1": []}
    (parent,), (replica,) = (build_identity(domain, region).values() for region in domain.regions)
    assert parent["Properties"]["DkimSigningAttributes"] == {"NextSigningKeyLength": "RSA_1024_BIT"}
    assert "Metadata" not in parent
    assert (replica["Properties"], replica["Metadata"]) == (
        {"EmailIdentity": domain.name},
        {"ReplicaOf": "us-east-1"},
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FILE.replace("us-east-1, key", "eu-central-1, key"), "region that the domain does not send from"),
        (FILE.replace("key_length: 1024", "key: own"), "has replicas of a key of SES, and another way to sign"),
        (FILE.replace("key_length: 1024", "sign: self"), "has replicas of a key of SES, and another way to sign"),
        (f"{ALL}{FILE}", "in eu-west-1 no later than its parent in us-east-1"),
        (FILE.replace("replica_of: us-east-1", "replica_of: eu-west-1"), "in us-east-1 no later than its parent"),
    ],
    ids=["no region of it", "own key", "signs itself", "one wave", "the parent later"],
)
def test_what_contradicts_itself_is_refused(text: str, words: str) -> None:
    """With the key and what to write."""
    (problem,) = problems(text)
    assert words in problem


def test_the_policy_names_each_identity_and_no_more() -> None:
    """The key of the parent may be used from the region of the replica alone."""
    prod = read(FILE)
    policy = json.loads(build_policy(prod.account, find_replicas(prod)))
    arn = "arn:aws:ses:{}:111122223333:identity/example.com"
    parent, replica = arn.format("us-east-1"), arn.format("eu-west-1")
    statements = {s["Action"]: (s["Resource"], s.get("Condition")) for s in policy["Statement"]}
    assert statements == {
        "ses:GetEmailIdentity": ([parent, replica], None),
        "ses:CreateEmailIdentity": ([replica], None),
        "ses:ReplicateEmailIdentityDkimSigningKey": (parent, {"StringEquals": {"ses:ReplicaRegion": ["eu-west-1"]}}),
    }
