"""Asking DNS over real sockets: answers, absences, and what is neither."""

import asyncio
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import dns.message
import pytest

from mailproof.live import transport
from mailproof.live.answer import Absent, Answer, Mx, MxAnswer, Txt, Unanswered
from mailproof.live.resolver import Budget, Resolver
from mailproof.live.transport import Server, parse_server
from tests.check.world_dns import WorldDns, serve

QUICK = Budget(timeout_s=1.0)
ZONE = """\
$TTL 300
@ SOA ns hostmaster 1 7200 900 1209600 60
@ NS NS1.Example.NET.
@ TXT "one" "two"
mail MX 10 Host.Example.COM.
null MX 0 .
alias CNAME mail
dangling CNAME gone.example.com.
loop CNAME loop
big TXT "{long}"
big TXT "{long}2"
odd TXT "caf\\195\\169"
""".replace("{long}", "x" * 250 + '" "' + "y" * 250 + '" "' + "z" * 250)

T = TypeVar("T")


def ask(
    work: Callable[[Resolver], Awaitable[T]], faults: dict[str, str] | None = None, budget: Budget = QUICK
) -> tuple[T, WorldDns]:
    """Ask a server of the zone something; return the answer and the server."""
    world = WorldDns({"example.com": ZONE}, faults)

    async def run(address: str) -> T:
        resolver = Resolver([parse_server(address)], budget)
        try:
            return await work(resolver)
        finally:
            resolver.close()

    with serve(world) as address:
        return asyncio.run(run(address)), world


def test_answers_are_read_by_type() -> None:
    """Hosts are lower-case without a dot, strings of a text stay apart."""
    servers, _ = ask(lambda r: r.names("Example.com", "NS"))
    mx, _ = ask(lambda r: r.mx("mail.example.com"))
    null, _ = ask(lambda r: r.mx("null.example.com"))
    text, _ = ask(lambda r: r.txt("example.com"))
    assert servers == Answer(("ns1.example.net",), 300)
    assert mx == Answer((Mx(10, "host.example.com"),), 300)
    assert null == Answer((Mx(0, ""),), 300)
    assert text == Answer((Txt(("one", "two")),), 300)


def test_absences_say_whether_the_name_exists() -> None:
    """NXDOMAIN, and NOERROR without the type; the SOA says for how long (RFC 2308)."""
    assert ask(lambda r: r.mx("nobody.example.com"))[0] == Absent(name_exists=False, ttl_s=60)
    assert ask(lambda r: r.mx("example.com"))[0] == Absent(name_exists=True, ttl_s=60)


def test_aliases_are_followed_and_named() -> None:
    """What stands at the end of the chain, and that there is one."""
    followed, _ = ask(lambda r: r.mx("alias.example.com"))
    dangling, _ = ask(lambda r: r.mx("dangling.example.com"))
    itself, _ = ask(lambda r: r.names("alias.example.com", "CNAME"))
    assert followed == Answer((Mx(10, "host.example.com"),), 300, alias="mail.example.com")
    assert dangling == Absent(name_exists=False, ttl_s=60, alias="gone.example.com")
    assert itself == Answer(("mail.example.com",), 300)


def test_a_truncated_answer_is_asked_for_over_tcp() -> None:
    """Nothing is judged from half an answer."""
    answer, world = ask(lambda r: r.txt("big.example.com"))
    assert isinstance(answer, Answer)
    assert len(answer.records) == 2
    assert world.questions == ["big.example.com TXT"] * 2


def test_a_malformed_answer_is_asked_for_over_tcp() -> None:
    """TCP mends it here."""
    answer, _ = ask(lambda r: r.txt("example.com"), {"example.com TXT": "garbage"})
    assert answer == Answer((Txt(("one", "two")),), 300)


@pytest.mark.parametrize(("fault", "reason", "times"), [("servfail", "SERVFAIL", 6), ("refused", "REFUSED", 3)])
def test_what_is_no_answer_is_never_an_absence(fault: str, reason: str, times: int) -> None:
    """The question is asked again, SERVFAIL with checking disabled as well, then left open."""
    answer, world = ask(lambda r: r.mx("mail.example.com"), {"mail.example.com MX": fault})
    assert answer == Unanswered(reason)
    assert len(world.questions) == times


def test_silence_is_never_an_absence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The question is asked again and again, each time with twice the patience, then left open."""
    monkeypatch.setattr("mailproof.live.resolver.FIRST_WAIT_S", 0.1)
    answer, world = ask(lambda r: r.mx("mail.example.com"), {"mail.example.com MX": "timeout"}, Budget(timeout_s=0.5))
    assert answer == Unanswered("timeout")
    assert 2 <= len(world.questions) <= 4  # a busy machine asks less often


def test_no_pause_is_longer_than_the_time_for_the_question() -> None:
    """Nobody would ask after it."""
    begun, budget = time.monotonic(), Budget(timeout_s=5.0, pause_s=60.0)
    answer, world = ask(lambda r: r.mx("mail.example.com"), {"mail.example.com MX": "refused"}, budget)
    assert answer == Unanswered("REFUSED")
    assert len(world.questions) == 1
    assert time.monotonic() - begun < budget.timeout_s


def test_the_extended_error_is_kept() -> None:
    """RFC 8914: a validating resolver says why."""
    answer, _ = ask(lambda r: r.names("example.com", "NS"), {"*.example.com *": "bogus"})
    assert answer == Unanswered("SERVFAIL", "dnssec bogus, code 6", is_bogus=True)


def test_a_bogus_zone_answers_with_checking_disabled() -> None:
    """RFC 4035 section 3.2.2."""
    answer, _ = ask(lambda r: r.names("example.com", "NS", checking_disabled=True), {"*.example.com *": "bogus"})
    assert isinstance(answer, Answer)


@pytest.mark.parametrize("how", ["FORMERR", "NOTIMP", "BADVERS", "silence"])
def test_a_server_without_edns_is_asked_again_without(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it has answered, it is asked without from the start."""
    if how == "silence":  # that is waited for once
        monkeypatch.setattr("mailproof.live.resolver.FIRST_WAIT_S", 0.25)
    world = WorldDns({"example.com": ZONE}, edns=how)

    async def run(address: str) -> None:
        resolver = Resolver([parse_server(address)], Budget(timeout_s=5.0))
        try:
            assert await resolver.mx("mail.example.com") == Answer((Mx(10, "host.example.com"),), 300)
            assert isinstance(await resolver.txt("big.example.com"), Answer)
            await resolver.mx("null.example.com")
        finally:
            resolver.close()

    with serve(world) as address:
        asyncio.run(run(address))
    assert world.questions == ["mail.example.com MX"] * 2 + ["big.example.com TXT"] * 2 + ["null.example.com MX"]


def test_each_question_is_asked_once() -> None:
    """At the same time or one after the other, whatever the case of the name."""

    async def twice(resolver: Resolver) -> None:
        await asyncio.gather(resolver.mx("mail.example.com"), resolver.mx("MAIL.example.com"))
        await resolver.mx("mail.example.com")

    _, world = ask(twice)
    assert world.questions == ["mail.example.com MX"]


def test_many_questions_share_a_socket() -> None:
    """Each finds its own answer, although all are under way at once."""

    async def many(resolver: Resolver) -> list[object]:
        return list(await asyncio.gather(*(resolver.mx(f"n{number}.example.com") for number in range(200))))

    answers, world = ask(many)
    assert set(answers) == {Absent(name_exists=False, ttl_s=60)}
    assert sorted(world.questions) == sorted(f"n{number}.example.com MX" for number in range(200))


def test_answers_that_came_while_the_loop_was_busy_count() -> None:
    """Judging a fleet on a busy machine takes longer than a question may; what lies in the socket is read at once."""
    brief = Budget(timeout_s=0.1)

    async def judge() -> None:
        while True:
            time.sleep(0.03)  # noqa: ASYNC251 -- what makes each turn of the loop long
            await asyncio.sleep(0)

    async def run(address: str) -> list[MxAnswer]:
        resolver = Resolver([parse_server(address)], brief)
        questions = [asyncio.create_task(resolver.mx(f"n{number}.example.com")) for number in range(20)]
        for _ in range(10):
            await asyncio.sleep(0)  # until they are sent
        judging = asyncio.create_task(judge())
        time.sleep(0.5)  # noqa: ASYNC251 -- what holds the loop up
        answers = [await question for question in questions]
        judging.cancel()
        resolver.close()
        return answers

    with serve(WorldDns({"example.com": ZONE})) as address:
        assert asyncio.run(run(address)) == [Absent(name_exists=False, ttl_s=60)] * 20


@pytest.mark.parametrize("name", ["x" * 64 + ".example.com", "a..example.com", ".".join(["x" * 60] * 5)])
def test_a_name_that_cannot_exist_is_absent(name: str) -> None:
    """Nobody has to be asked."""
    answer, world = ask(lambda r: r.txt(name))
    assert answer == Absent()
    assert world.questions == []


def test_a_closed_port_is_no_answer() -> None:
    """The host refuses; that says nothing of the name."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    async def run() -> object:
        resolver = Resolver([Server("127.0.0.1", port)], QUICK)
        try:
            return await resolver.mx("example.com")
        finally:
            resolver.close()

    assert isinstance(asyncio.run(run()), Unanswered)


def test_the_next_server_is_asked_where_one_fails() -> None:
    """One of two resolvers is down; its neighbour answers."""
    down, up = WorldDns({}, {"*.example.com *": "servfail"}), WorldDns({"example.com": ZONE})

    async def run(*addresses: str) -> object:
        resolver = Resolver([parse_server(address) for address in addresses], QUICK)
        try:
            return await resolver.mx("mail.example.com")
        finally:
            resolver.close()

    with serve(down) as first, serve(up) as second:
        assert isinstance(asyncio.run(run(first, second)), Answer)


def test_who_gives_up_takes_the_answer_from_nobody() -> None:
    """Two wait for one question; one has a shorter budget than the other."""

    async def both(resolver: Resolver) -> object:
        hasty = asyncio.ensure_future(resolver.txt("example.com"))
        patient = asyncio.ensure_future(resolver.txt("example.com"))
        await asyncio.sleep(0)
        hasty.cancel()
        return await patient

    answer, world = ask(both)
    assert isinstance(answer, Answer)
    assert len(world.questions) == 1


def test_an_interruption_while_an_answer_is_read_is_quiet(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Python runs the handler of Ctrl-C between any two instructions, and asyncio's cancels every wait at once."""
    read = transport.parse_message

    def read_interrupted(data: bytes) -> dns.message.Message:
        signal.raise_signal(signal.SIGINT)
        return read(data)

    monkeypatch.setattr(transport, "parse_message", read_interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored here
    try:
        with pytest.raises(KeyboardInterrupt):
            ask(lambda resolver: resolver.txt("example.com"))
    finally:
        signal.signal(signal.SIGINT, before)
    assert not caplog.records


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("192.0.2.1", Server("192.0.2.1")),
        ("192.0.2.1:5353", Server("192.0.2.1", 5353)),
        ("2001:db8::1", Server("2001:db8::1")),
        ("[2001:db8::1]:5353", Server("2001:db8::1", 5353)),
        ("localhost:53", Server("localhost")),
    ],
)
def test_addresses_of_servers_are_read(text: str, server: Server) -> None:
    """IPv4, IPv6 and names, with a port or without."""
    assert parse_server(text) == server


@pytest.mark.parametrize("text", ["", ":53", "host:0", "host:65536", "host:dns"])
def test_fails_on_what_is_no_address(text: str) -> None:
    """A port is a number of 1 to 65535, and a host is there."""
    with pytest.raises(ValueError, match=r"is not HOST\[:PORT\]"):
        parse_server(text)
