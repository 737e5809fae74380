"""Ask API Gateway where the hosts of MTA-STS policies point, which only it knows."""

from collections.abc import Mapping
from typing import Protocol

from mailproof.export.dkim_reader import DkimState
from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.live.aws.api_gateway import fetch_domain_target
from mailproof.live.aws.clients import Clients, Target, make_clients
from mailproof.live.aws.remedies import advise
from mailproof.model.domain import SendingDomain
from mailproof.model.environment import Environment
from mailproof.model.mta_sts import policy_host
from mailproof.model.placement import plan_stacks
from mailproof.model.stack_item import PolicyHostItem
from mailproof.template.bootstrap import Bootstraps


class PolicyHostReader(Protocol):
    """Tells where the host of a policy points."""

    def read(self, environment: Environment, domain: SendingDomain) -> tuple[str, AwsAnswer[str]]:
        """Return the region of the host of a domain's policy, and where its record points."""


class ApiGatewayReader:
    """
    Asks API Gateway itself, in the account and region of the stack that serves a policy.

    Args:
        profiles: Environment name or account id to AWS profile; the empty name stands for all other environments.
        bootstraps: Say which roles open accounts of zones.
    """

    def __init__(self, profiles: Mapping[str, str], bootstraps: Bootstraps) -> None:
        self._profiles = profiles
        self._bootstraps = bootstraps
        self._clients: dict[str, Clients] = {}

    def read(self, environment: Environment, domain: SendingDomain) -> tuple[str, AwsAnswer[str]]:
        """Return the region of the host of a domain's policy, and where its record points."""
        clients = self._clients.setdefault(environment.name, make_clients(self._profiles, environment.name))
        target = self._find_place(environment, domain)
        host = policy_host(domain.name)
        return target.region, clients.ask("apigateway", target, lambda client: fetch_domain_target(client, host))

    def _find_place(self, environment: Environment, domain: SendingDomain) -> Target:
        """Return where the stack is that serves the policy of a domain."""
        plan = next(plan for plan in plan_stacks(environment) if PolicyHostItem(domain) in plan.items)
        account, region = environment.account_of(plan.id), plan.id.region
        role = self._bootstraps.of(account, region).lookup_role if plan.id.zone_account else None
        return Target(account, region, (role,) if role else ())


def judge_target(host: str, region: str, answer: AwsAnswer[str]) -> tuple[DkimState, str]:
    """Say what is known of where a host points, and why nothing is, for a person."""
    if isinstance(answer, Unanswered):
        what = f"API Gateway could not be asked where {host} points"
        return DkimState.UNKNOWN, f"{what}: {answer}{advise(answer, region)}"
    if isinstance(answer, NotFound):
        what = f"API Gateway has no custom domain name {host} yet for its CNAME to point to"
        return DkimState.MISSING, f"{what}; deploy the environment"
    return DkimState.KNOWN, ""
