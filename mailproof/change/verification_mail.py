"""Have SES send its verification mail to addresses once more: once per run, and only where it is missing."""

from collections.abc import Collection, Sequence

from mailproof.change.errors import stop_if
from mailproof.change.say import say
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import Clients, Target, refuse_other_account
from mailproof.live.aws.remedies import could_not_ask
from mailproof.live.aws.ses import fetch_identity, send_verification
from mailproof.live.aws.ses_facts import SUCCESS
from mailproof.model.command_lines import rollout_command
from mailproof.model.environment import Environment


def find_addresses(environment: Environment, names: Collection[str], regions: Collection[str]) -> list[tuple[str, str]]:
    """List addresses of a file with their regions; of those asked for, or of all."""
    return [
        (address.name, region)
        for _, address, region in environment.addresses()
        if (not names or address.name in names) and (not regions or region in regions)
    ]


def resend(environment: Environment, clients: Clients, wanted: Sequence[tuple[str, str]]) -> None:
    """
    Send the mails of addresses that are not verified.

    Args:
        environment: The environment.
        clients: Of its account.
        wanted: Addresses, each with a region.

    Raises:
        CommandError: An identity is not there, or something could not be asked.
    """
    own = clients.account(environment.regions[0])
    if refused := refuse_other_account(own, environment.account):
        stop_if([], [could_not_ask(environment.account, refused, environment.regions[0])])
    wrong: list[str] = []
    unasked: list[str] = []
    for name, region in wanted:
        target = Target(environment.account, region)
        found = clients.ask("sesv2", target, lambda client, name=name: fetch_identity(client, name))  # type: ignore[misc]
        words = f"{name} in {region}"
        if isinstance(found, Unanswered):
            unasked.append(could_not_ask(f"SES for {words}", found, region))
        elif isinstance(found, NotFound):
            wrong.append(f"{words} has no identity yet: run `{rollout_command(environment)}`")
        elif found.verification_status == SUCCESS:
            say(f"{words} is verified already; nothing was sent")
        else:
            sent = clients.ask("ses", target, lambda client, name=name: send_verification(client, name))  # type: ignore[misc]
            if isinstance(sent, Unanswered | NotFound):
                unasked.append(f"{words} was sent nothing: ses:VerifyEmailIdentity: {sent}")
            else:
                say(f"{words} was {found.verification_status}: SES sends its mail; the link is good for 24 hours")
    stop_if(wrong, unasked)
