"""The command `mailproof`. Each command imports what it needs when it runs, so that the help appears at once."""

import os
import signal
import sys
from importlib.metadata import version
from types import FrameType
from typing import Annotated, NoReturn

import typer

from mailproof.change.say import lost_output, prepare_streams, say, show_lines
from mailproof.commands.address import address
from mailproof.commands.adopt import adopt
from mailproof.commands.check import check
from mailproof.commands.dkim import dkim
from mailproof.commands.dmarc import dmarc
from mailproof.commands.doctor import doctor
from mailproof.commands.explain import explain
from mailproof.commands.export import export
from mailproof.commands.help_text import help_text
from mailproof.commands.history import history
from mailproof.commands.init import init
from mailproof.commands.logo import logo
from mailproof.commands.move import move
from mailproof.commands.mta_sts import mta_sts
from mailproof.commands.preflight import preflight
from mailproof.commands.probe import probe
from mailproof.commands.prune import prune
from mailproof.commands.records import records
from mailproof.commands.repair import repair
from mailproof.commands.rollout import rollout
from mailproof.commands.spf import spf
from mailproof.commands.trial import trial
from mailproof.commands.upgrade import upgrade
from mailproof.commands.wait import wait
from mailproof.commands.watch import watch
from mailproof.commands.zone import zone
from mailproof.exit_codes import INTERRUPTED, USAGE

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
for command in (
    init,
    doctor,
    upgrade,
    check,
    wait,
    history,
    probe,
    explain,
    preflight,
    records,
    export,
    adopt,
    move,
    repair,
    prune,
    logo,
    spf,
    mta_sts,
):
    app.command(help=help_text(command))(command)
app.command("try", help=help_text(trial))(trial)
app.add_typer(address, name="address")
app.add_typer(dkim, name="dkim")
app.add_typer(rollout, name="rollout")
app.add_typer(watch, name="watch")
app.add_typer(zone, name="zone")
app.add_typer(dmarc, name="dmarc")


def _tell_version(*, asked: bool) -> None:
    if asked:
        show_lines(f"mailproof {version('mailproof')}")
        raise typer.Exit


@app.callback()
def about(
    *,
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=lambda asked: _tell_version(asked=asked), is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Prove that Amazon SES mail of your domains authenticates, in every region."""


def main() -> None:
    """Run the command line; what becomes of its streams changes neither its work nor its exit code."""
    prepare_streams()
    _end_as_by_ctrl_c(signal.SIGTERM, signal.SIGHUP)
    code = _run()
    if (err := lost_output()) and not isinstance(err, BrokenPipeError):  # `head` may have seen enough
        say(f"mailproof: {err}")
        code = code or USAGE
    sys.exit(code)


def _end_as_by_ctrl_c(*numbers: signal.Signals) -> None:
    """Let signals end a command as SIGINT does, which leaves nothing behind; one that is ignored stays so (nohup)."""

    def interrupt(_: int, frame: FrameType | None) -> None:
        on_ctrl_c = signal.getsignal(signal.SIGINT)  # an event loop has one of its own
        (on_ctrl_c if callable(on_ctrl_c) else signal.default_int_handler)(signal.SIGINT, frame)

    for number in numbers:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)


def _run() -> int:
    try:
        app()
    except BrokenPipeError:
        return 0
    except OSError as err:  # a full disk behind the help, say
        say(f"mailproof: {err}")
        return USAGE
    except KeyboardInterrupt:  # while Typer still reads the commands
        _interrupted()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _interrupted()
        return end.code if isinstance(end.code, int) else 0
    return 0


def _interrupted() -> NoReturn:
    say("mailproof: interrupted")
    os._exit(INTERRUPTED)  # a thread that waits for AWS would hold the process up
