"""A stack on the emulator as commands see it: its handle, and clients that ask for it."""

from dataclasses import dataclass
from typing import Any

from mailproof.change.stack_update import StackUpdater
from mailproof.live.aws.clients import Clients
from mailproof.live.aws.session import AwsSession
from mailproof.template.cloud_assembly import SynthesisedStack, TemplateBucket
from tests.localaws.world import World


class LocalSession(AwsSession):
    """Credentials of an account of the emulator."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a client of the account."""
        return self._world.client(service, region or "us-east-1")


@dataclass
class LiveStack:
    """A stack of a world."""

    world: World
    name: str = "stack"

    @property
    def handle(self) -> SynthesisedStack:
        """The stack as an assembly has it."""
        bucket = TemplateBucket("templates")
        return SynthesisedStack("prod/mail", self.name, self.world.account, "us-east-1", bucket=bucket)

    @property
    def updater(self) -> StackUpdater:
        """What updates it, without pauses."""
        clients = Clients(LocalSession(self.world))
        return StackUpdater(clients, clients, sleep=lambda _: None)

    @property
    def template(self) -> Any:
        """The deployed template."""
        return self.world.client("cloudformation").get_template(StackName=self.name)["TemplateBody"]

    def describe(self) -> dict[str, Any]:
        """Return what CloudFormation says of it."""
        [found] = self.world.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return dict(found)
