"""Set identities up again as their stacks hold them."""

from collections.abc import Iterable
from functools import partial

from mailproof.change.errors import CommandError
from mailproof.change.say import say
from mailproof.check.drift import IdentityChanged
from mailproof.exit_codes import UNANSWERED
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.remedies import advise

REFUSED = "BadRequestException"


def set_up(drifts: Iterable[IdentityChanged], clients: Clients) -> list[str]:
    """
    Set what is set otherwise, one call a change.

    Args:
        drifts: What is set otherwise.
        clients: Ask SES.

    Returns:
        What SES refuses for a reason that is known, and that time or a person has to clear; the rest is done.

    Raises:
        CommandError: SES refused otherwise or could not be asked; what came before is done.
    """
    refused = []
    for drift in drifts:
        target = Target(drift.stack.account, drift.stack.region)
        done = clients.ask("sesv2", target, partial(_set_up_one, drift))
        if isinstance(done, Unanswered) and done.reason == REFUSED and drift.setting.refusal:
            refused.append(f"{drift.subject}: not set to {drift.expected}: {drift.setting.refusal} ({done})")
        elif isinstance(done, NotFound | Unanswered):
            why = Unanswered("it is gone meanwhile, run the same again") if isinstance(done, NotFound) else done
            raise CommandError(f"{drift.subject}: not set: {why}{advise(why, target.region)}", UNANSWERED)
        else:
            say(f"{drift.subject}: {drift.expected}: set")
    return refused


def _set_up_one(drift: IdentityChanged, client: object) -> None:
    drift.setting.put(client, drift.domain, drift.stack.resources[drift.logical_id].get("Properties", {}))
