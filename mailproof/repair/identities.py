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
from mailproof.live.aws.ses import enable_signing, set_mail_from


def set_up(drifts: Iterable[IdentityChanged], clients: Clients) -> None:
    """
    Switch signing on and set MAIL FROM, one call a change.

    Args:
        drifts: What is set otherwise.
        clients: Ask SES.

    Raises:
        CommandError: SES refused or could not be asked; what came before is done.
    """
    for drift in drifts:
        target = Target(drift.stack.account, drift.stack.region)
        done = clients.ask("sesv2", target, partial(_set_up_one, drift))
        if isinstance(done, NotFound | Unanswered):
            why = Unanswered("it is gone meanwhile, run the same again") if isinstance(done, NotFound) else done
            raise CommandError(f"{drift.subject}: not set: {why}{advise(why, target.region)}", UNANSWERED)
        say(f"{drift.subject}: {drift.expected}: set")


def _set_up_one(drift: IdentityChanged, client: object) -> None:
    if drift.mail_from:
        set_mail_from(client, drift.domain, drift.mail_from.name, drift.mail_from.on_mx_failure)
    else:
        enable_signing(client, drift.domain)
