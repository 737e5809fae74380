"""The records that a fix tells to publish, as the DNS host of their zone wants them."""

import re

from mailproof.check.finding import CheckReport, Finding
from mailproof.model.dns_record import RecordType
from mailproof.model.names import is_within
from mailproof.report.dns_hosts import DnsHost, Entry, HostForm, enter, host_of

TYPES = "|".join(RecordType)
LINE = re.compile(rf"`(?P<line>(?P<name>[^`\s]+)\. [0-9]+ IN (?P<type>{TYPES}) (?P<data>[^`]+))`")
PLACEHOLDER = "PUBLIC_KEY"  # only the owner of a key can say what is to be published


class Entries:
    """
    Writes the records of findings for the hosts of their zones.

    Args:
        report: Whose zones are asked for their servers.
    """

    def __init__(self, report: CheckReport) -> None:
        self._hosts = {(zone.environment, zone.zone): host_of(zone.servers) for zone in report.zones}

    def of(self, finding: Finding) -> list[Entry]:
        """List the records that the fix of a finding has whole, each once, in its order."""
        lines = {found["line"]: found for found in LINE.finditer(finding.fix) if PLACEHOLDER not in found["data"]}
        return [self._entry(finding.environment, found) for found in lines.values()]

    def _entry(self, environment: str, found: re.Match[str]) -> Entry:
        zone, host = self._host(environment, found["name"])
        return enter(host, zone, found["name"], found["type"], found["data"], found["line"])

    def _host(self, environment: str, name: str) -> tuple[str, HostForm]:
        holding = [zone for where, zone in self._hosts if where == environment and is_within(name, zone)]
        zone = max(holding, key=len, default="")
        return zone, self._hosts.get((environment, zone), DnsHost.OTHER.value)
