"""Make replicas (Deterministic Easy DKIM), which CloudFormation cannot, and say what that takes of IAM."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError, stop_if
from mailproof.change.say import say
from mailproof.exit_codes import USAGE
from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.live.aws.clients import Clients, Target, refuse_other_account
from mailproof.live.aws.remedies import could_not_ask
from mailproof.live.aws.ses import create_replica, fetch_identity
from mailproof.live.aws.ses_facts import SUCCESS, IdentityFacts
from mailproof.model import pages
from mailproof.model.command_lines import adopt_command, rollout_command, wait_command
from mailproof.model.environment import Environment
from mailproof.model.regions import partition
from mailproof.model.waves import build_waves
from mailproof.template.replicas import NO_CONVERSION

NOTHING_MADE = "no replica was made"


@dataclass(frozen=True, slots=True)
class Replica:
    """
    An identity that is to sign with the key of another region's.

    Attributes:
        domain: Its name.
        region: Its region.
        parent: The region that draws the key.
    """

    domain: str
    region: str
    parent: str

    def __str__(self) -> str:
        """Name it, for people."""
        return f"{self.domain} in {self.region}"


def find_replicas(environment: Environment, domains: Collection[str] = ()) -> list[Replica]:
    """
    List the replicas that a file asks for; of some domains, or of all.

    Raises:
        CommandError: It asks for none, of one of those domains or at all.
    """
    found = [
        Replica(domain.name, region, parent)
        for domain, region in environment.identities()
        if (parent := domain.parent_of(region)) and (not domains or domain.name in domains)
    ]
    lacking = sorted({*domains} - {replica.domain for replica in found})
    if lacking or not found:
        who = f"no replicas of {', '.join(lacking)}" if lacking else "no replicas"
        how = "`dkim: {replica_of: REGION}` asks for one in each other region of a domain"
        raise CommandError(f"{environment.path}: asks for {who}; {how}", USAGE)
    return found


def build_policy(account: str, replicas: Sequence[Replica]) -> str:
    """
    Write the policy that allows to make replicas, and nothing else.

    Source: https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-deed.html. Its sample has
    `ForAllValues`, which holds of a key that is absent; a plain `StringEquals` does not.
    """
    parents = dict.fromkeys((replica.domain, replica.parent) for replica in replicas)
    made = [_arn(account, replica.region, replica.domain) for replica in replicas]
    use = [
        {
            "Effect": "Allow",
            "Action": "ses:ReplicateEmailIdentityDkimSigningKey",
            "Resource": _arn(account, parent, domain),
            "Condition": {"StringEquals": {"ses:ReplicaRegion": [r.region for r in replicas if r.domain == domain]}},
        }
        for domain, parent in parents
    ]
    read = [*(_arn(account, parent, domain) for domain, parent in parents), *made]
    statements = [
        {"Effect": "Allow", "Action": "ses:GetEmailIdentity", "Resource": read},
        {"Effect": "Allow", "Action": "ses:CreateEmailIdentity", "Resource": made},
        *use,
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


def _arn(account: str, region: str, domain: str) -> str:
    return f"arn:{partition(region)}:ses:{region}:{account}:identity/{domain}"


class Replicator:
    """
    Makes the replicas of an environment.

    Args:
        environment: The environment.
        clients: Of its account.
        consent: What a person has agreed to.
        policy: The command that prints what it takes of IAM.
    """

    def __init__(self, environment: Environment, clients: Clients, consent: Consent, policy: str) -> None:
        self._environment = environment
        self._clients = clients
        self._consent = consent
        self._policy = policy

    def run(self, replicas: Sequence[Replica]) -> None:
        """
        Make those that are not there, once all of their parents can be.

        Raises:
            CommandError: A parent cannot be one, an identity is no replica, nobody agreed, or SES could not be asked.
        """
        own, home = self._clients.account(self._environment.regions[0]), self._environment.regions[0]
        if refused := refuse_other_account(own, self._environment.account):
            stop_if([], [could_not_ask(self._environment.account, refused, home)])
        identities = [(replica.domain, region) for replica in replicas for region in (replica.parent, replica.region)]
        found = {identity: self._ask(*identity) for identity in dict.fromkeys(identities)}
        unasked = [
            could_not_ask(f"SES for {domain!r} in {region}", answer, region)
            for (domain, region), answer in found.items()
            if isinstance(answer, Unanswered)
        ]
        parents = dict.fromkeys((replica.domain, replica.parent) for replica in replicas)
        wrong = [words for parent in parents for words in self._refuse_parent(*parent, found[parent])]
        wrong += [words for one in replicas for words in _refuse_other(one, found[one.domain, one.region])]
        stop_if(wrong, unasked, NOTHING_MADE)
        missing = [one for one in replicas if isinstance(found[one.domain, one.region], NotFound)]
        say(*(f"{one} is a replica of {one.parent} already" for one in replicas if one not in missing))
        if missing:
            say(*(f"{replica}: a replica of {replica.parent}" for replica in missing))
            self._consent.obtain(f"Make {len(missing)} of them?", otherwise=NOTHING_MADE)
            for replica in missing:
                self._make(replica)
        say(f"then: {adopt_command(self._environment)}", f"then: {rollout_command(self._environment)}")

    def _ask(self, domain: str, region: str) -> AwsAnswer[IdentityFacts]:
        target = Target(self._environment.account, region)
        return self._clients.ask("sesv2", target, lambda client: fetch_identity(client, domain))

    def _refuse_parent(self, domain: str, region: str, found: AwsAnswer[IdentityFacts]) -> Iterator[str]:
        parent = f"{domain} in {region}, the parent,"
        if isinstance(found, NotFound):
            number = next(wave.number for wave in build_waves(self._environment) if region in wave.regions)
            command = f"{rollout_command(self._environment)} --wave {number}"
            yield f"{parent} has no identity yet: `{command}` deploys it"
        elif isinstance(found, IdentityFacts) and (found.uses_byodkim or found.primary_region):
            yield f"{parent} {found.keys_in_words}: a parent has Easy DKIM, and is not a replica itself"
        elif isinstance(found, IdentityFacts) and found.dkim_status != SUCCESS:
            yield f"{parent} is not verified ({found.dkim_status}): `{wait_command(self._environment)}` waits for it"

    def _make(self, replica: Replica) -> None:
        target = Target(self._environment.account, replica.region)
        call = partial(create_replica, domain=replica.domain, parent=replica.parent)
        made = self._clients.ask("sesv2", target, call)
        if isinstance(made, Unanswered | NotFound):
            what = f"{replica} was not made: ses:CreateEmailIdentity: {made}"
            stop_if(
                [], [what, f"what it takes of IAM: {self._policy}", "those before it stay; run the same command again"]
            )
        say(f"{replica}: made")


def _refuse_other(replica: Replica, found: AwsAnswer[IdentityFacts]) -> Iterator[str]:
    """Say that an identity with other keys is in the place of a replica."""
    if isinstance(found, IdentityFacts) and found.primary_region != replica.parent:
        yield f"{replica} {found.keys_in_words}, and stays: {NO_CONVERSION}; see {pages.REPLICAS}"
