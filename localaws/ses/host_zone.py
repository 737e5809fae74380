"""The zone amazonses.com as the emulated SES publishes it: SPF, feedback hosts and the keys of Easy DKIM."""

from typing import Any

from mailproof.localaws.names import dotted
from mailproof.localaws.regions import SES_HOST_ZONE, dkim_host_zones, feedback_hosts, mail_from_host, ses_regions
from mailproof.localaws.route53.index import RecordIndex, RecordSet
from mailproof.localaws.ses.keys import KEY_LENGTHS, SES_KEY_BITS, SES_SELECTOR, published_key
from mailproof.localaws.store_view import StoreView
from mailproof.localaws.upstream import ses_v2

# Documentation networks (RFC 5737): an address in the first is SES to an SPF check, one in the last is not.
SES_SENDING_NETWORKS = ("192.0.2.0/24", "198.51.100.0/25")
_FEEDBACK_ADDRESS = "192.0.2.25"
_TTL_S = "900"
_STRING_BYTES = 255
_SES_KEY_NAME = f"{SES_SELECTOR}._domainkey.{SES_HOST_ZONE}"


def _record(name: str, rdtype: str, *values: str) -> RecordSet:
    return {"Name": dotted(name), "Type": rdtype, "TTL": _TTL_S, "ResourceRecords": list(values)}


def _key_record(name: str, bits: int, owner: str) -> RecordSet:
    text = f"p={published_key(bits, owner)}"
    strings = " ".join(f'"{text[at : at + _STRING_BYTES]}"' for at in range(0, len(text), _STRING_BYTES))
    return _record(name, "TXT", strings)


def _static_records() -> list[RecordSet]:
    networks = " ".join(f"ip4:{network}" for network in SES_SENDING_NETWORKS)
    return [
        _record(SES_HOST_ZONE, "SOA", "ns1.amazonses.com. hostmaster.amazonses.com. 1 7200 900 1209600 60"),
        _record(SES_HOST_ZONE, "NS", "ns1.amazonses.com.", "ns2.amazonses.com."),
        *(_record(host, "TXT", f'"v=spf1 {networks} -all"') for host in sorted(map(mail_from_host, ses_regions()))),
        *(_record(host, "A", _FEEDBACK_ADDRESS) for host in sorted(feedback_hosts())),
        *(_record(zone, "TXT", '"Easy DKIM hosts"') for zone in sorted(dkim_host_zones())),
    ]


def _identities_by_dkim_host(entries: dict[tuple[str, str, str], dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        f"{token}.{identity['EasyDkim']['HostZone']}": identity
        for identity in entries.values()
        if identity.get("EasyDkim")
        for token in identity["EasyDkim"]["Tokens"]
    }


class SesHostZone:
    """The zone amazonses.com: a few fixed records, and a TXT with a real key for each Easy DKIM token."""

    name = SES_HOST_ZONE

    def __init__(self) -> None:
        """Index the fixed records."""
        self._static = RecordIndex(_static_records())
        self._dkim_hosts = StoreView(ses_v2._identities, _identities_by_dkim_host)

    def at(self, name: str) -> list[RecordSet]:
        """Return the record sets of a name."""
        if name == _SES_KEY_NAME:
            return [_key_record(name, SES_KEY_BITS, SES_HOST_ZONE)]
        identity = self._dkim_hosts.get().get(name)
        if identity is None or identity["Dkim"]["Origin"] == "EXTERNAL":
            return self._static.at(name)
        bits, tokens = KEY_LENGTHS[identity["Dkim"]["CurrentKeyLength"]], identity["EasyDkim"]["Tokens"]
        return [_key_record(name, bits, tokens[0])]

    def exists(self, name: str) -> bool:
        """Tell whether the name exists in the zone."""
        return bool(self.at(name)) or self._static.exists(name)
