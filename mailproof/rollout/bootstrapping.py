"""Find what has to be bootstrapped before an environment can be deployed."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.live.aws.bootstrap import fetch_bootstrap_version
from mailproof.live.aws.clients import THREADS, Clients, Target
from mailproof.template.bootstrap import Bootstrap, Bootstraps
from mailproof.template.cloud_assembly import SynthesisedStack


def find_unbootstrapped(
    stacks: Iterable[SynthesisedStack], clients: Clients, bootstraps: Bootstraps
) -> tuple[str, ...]:
    """
    Say which accounts and regions lack their bootstrap stack, each with the command that makes it.

    One that may not be asked is passed over in the account of the credentials, since its deployment needs no such
    permission; another account that opens to none of its roles is told.

    Args:
        stacks: That are to be deployed.
        clients: Ask SSM.
        bootstraps: What the app deploys through.
    """
    first = {(stack.account, stack.region): stack for stack in stacks}

    def ask(stack: SynthesisedStack) -> tuple[Bootstrap, AwsAnswer[int] | None]:
        wanted = bootstraps.of_stack(stack)
        if not wanted.parameter:
            return wanted, None
        target = Target(stack.account, stack.region, stack.roles)
        return wanted, clients.ask("ssm", target, lambda client: fetch_bootstrap_version(client, str(wanted.parameter)))

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(ask, first.values()))
    return tuple(line for wanted, version in found for line in _judge(wanted, version, clients))


def _judge(wanted: Bootstrap, version: AwsAnswer[int] | None, clients: Clients) -> Iterator[str]:
    account = clients.account(wanted.region)
    if isinstance(account, Unanswered):
        return  # nobody could be asked, which the guard says
    where = f"aws://{wanted.account}/{wanted.region}"
    command = wanted.command(account)
    if isinstance(version, NotFound):
        yield f"{where}: is not bootstrapped; run, with credentials of that account: {command}"
    elif isinstance(version, int) and version < wanted.version:
        yield f"{where}: its bootstrap stack has version {version}, less than {wanted.version}; renew it: {command}"
    elif isinstance(version, Unanswered) and account != wanted.account:
        what = f"is not bootstrapped, or does not trust {account} ({version})"
        yield f"{where}: {what}; run, with credentials of that account: {command}"
