"""Survey of our own stacks: which there are in an account, in every region, and what each holds."""

import json
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import THREADS, Clients, Target
from mailproof.live.aws.remedies import is_news
from mailproof.live.aws.stacks import EMPTY_STATES, UNREADABLE, describe_stacks, read_template
from mailproof.model.resource_types import IDENTITY
from mailproof.model.stack_id import StackId, StackKind
from mailproof.template.cloud_assembly import Place, SynthesisedStack
from mailproof.template.contents import Template
from mailproof.template.live_things import LiveThing, live_things
from mailproof.template.taking_out import worthwhile_resources

ROLE = "AWS::IAM::Role"
PRINCIPAL = re.compile(r":iam::(\d{12}):")


@dataclass(frozen=True, slots=True)
class LiveStack:
    """
    A stack with a name of ours.

    Attributes:
        name: Its name in CloudFormation.
        account: Where it is.
        region: Where it is.
        description: As CloudFormation has it.
        is_protected: Whether CloudFormation refuses to delete it.
        things: The identities and record sets of the template in force.
        template: That template.
    """

    name: str
    account: str
    region: str
    description: str = ""
    is_protected: bool = False
    things: tuple[LiveThing, ...] = ()
    template: Template = field(default_factory=dict, repr=False, compare=False)

    @property
    def place(self) -> Place:
        """Account, region and name, by which AWS knows it."""
        return self.account, self.region, self.name

    @property
    def is_emptied(self) -> bool:
        """
        Whether all that it held was taken out of it, for another stack to hold.

        What is left is a placeholder, or the role by which other stacks have read its outputs.
        """
        return bool(self.template.get("Resources")) and not worthwhile_resources(self.template)

    @property
    def readers(self) -> frozenset[str]:
        """Other accounts that may read its outputs, by a role of its own: those of zones, for names of DKIM."""
        roles = [found for found in self.template.get("Resources", {}).values() if found["Type"] == ROLE]
        return frozenset(PRINCIPAL.findall(json.dumps(roles))) - {self.account}

    @property
    def identities(self) -> frozenset[str]:
        """The domains whose identities it holds."""
        return frozenset(thing.name for thing in self.things if thing.key[0] == IDENTITY)

    @property
    def environment(self) -> str:
        """
        The environment that it belongs to, of those that its name allows.

        If neither what it holds nor its description tells, it is the one with the longest name: nobody is to be told
        to delete a stack of another environment, not even of one whose file is elsewhere.
        """
        possible = StackId.parse(self.name, self.region)
        fitting = [found for found in possible if found.kind is StackKind.REGION or not self.identities]
        described = [found for found in fitting if found.description == self.description]
        return next((found.environment for found in [*described, *fitting]), "")

    def __str__(self) -> str:
        """Show it as ``stack mailproof-prod-dns in us-east-1``."""
        return f"stack {self.name} in {self.region}"


@dataclass(frozen=True, slots=True)
class StackSurvey:
    """
    Stacks of an account.

    Attributes:
        stacks: Those with a name of ours.
        unanswered: Regions that could not be asked, and why.
    """

    stacks: tuple[LiveStack, ...] = ()
    unanswered: tuple[tuple[str, Unanswered], ...] = ()


def survey_stacks(clients: Clients, target: Target, needed: Iterable[str], regions: Iterable[str]) -> StackSurvey:
    """
    Ask CloudFormation for our stacks.

    Args:
        clients: Ask CloudFormation.
        target: The account.
        needed: Regions that have to answer; of others it is no news that they are not enabled.
        regions: Regions to ask.
    """
    clients.ask("cloudformation", target, lambda _: None)  # the session is opened once, before there are threads
    needs = frozenset(needed)
    stacks: list[LiveStack] = []
    unanswered: list[tuple[str, Unanswered]] = []
    with ThreadPoolExecutor(THREADS) as pool:
        places = [target.elsewhere(region) for region in regions]
        for place, answer in zip(places, pool.map(lambda place: _ask_region(clients, place), places), strict=True):
            if isinstance(answer, list):
                stacks += answer
            elif is_news(answer, place.region, needs):
                unanswered.append((place.region, answer))
    return StackSurvey(tuple(stacks), tuple(unanswered))


def _ask_region(clients: Clients, target: Target) -> list[LiveStack] | Unanswered:
    try:
        found = clients.ask("cloudformation", target, lambda client: list(_read(client, target)))
    except ValueError:
        return Unanswered(UNREADABLE, "that of a stack with a name of ours")
    return [] if isinstance(found, NotFound) else found


def _read(client: Any, target: Target) -> Iterator[LiveStack]:
    for stack in describe_stacks(client):
        name = stack["StackName"]
        if not StackId.parse(name, target.region):
            continue
        template = {} if stack["StackStatus"] in EMPTY_STATES else read_template(client, name)
        synthesised = SynthesisedStack(name, name, target.account, target.region, template=dict(template))
        yield LiveStack(
            name=name,
            account=target.account,
            region=target.region,
            description=stack.get("Description", ""),
            is_protected=bool(stack.get("EnableTerminationProtection")),
            things=tuple(live_things([synthesised])),
            template=template,
        )
