"""Resolvers that this machine uses."""

from pathlib import Path

from mailproof.live.transport import Server

RESOLV_CONF = Path("/etc/resolv.conf")
SERVERS_LIMIT = 3  # resolv.conf(5)


def system_resolvers() -> list[Server]:
    """Return the resolvers of this machine, at least one."""
    try:
        lines = RESOLV_CONF.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # Windows, for one, keeps them elsewhere
        return _from_dnspython()
    fields = [line.split() for line in lines]
    hosts = [parts[1] for parts in fields if len(parts) > 1 and parts[0] == "nameserver"]
    return [Server(host) for host in hosts[:SERVERS_LIMIT]] or [Server("127.0.0.1")]


def _from_dnspython() -> list[Server]:
    from dns.resolver import Resolver  # noqa: PLC0415 -- takes 0.6 s, and is needed on few systems

    hosts = [str(server) for server in Resolver().nameservers]
    return [Server(host) for host in hosts[:SERVERS_LIMIT]] or [Server("127.0.0.1")]
