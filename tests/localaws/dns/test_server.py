"""The DNS server over the wire."""

import base64
import socket
import struct

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest
from cryptography.hazmat.primitives import serialization

from mailproof.localaws import LocalAws
from tests.localaws.world import World

_ADDRESS = "192.0.2.1"


def test_answers_are_authoritative(world: World) -> None:
    """An answer carries AA and no other server's data."""
    world.change("CREATE", f"www.{world.zone}", "A", _ADDRESS)
    answer = world.query(f"WWW.{world.zone}", "A")
    assert answer.rcode() == dns.rcode.NOERROR
    assert answer.flags & dns.flags.AA
    assert answer.answer[0].name.to_text() == f"WWW.{world.zone}."


def test_an_absent_name_and_an_absent_type_differ(world: World) -> None:
    """NXDOMAIN for a name that is not there, NOERROR for a type; the SOA comes with both."""
    world.change("CREATE", f"a.b.{world.zone}", "A", _ADDRESS)
    absent_name, absent_type = world.query(f"x.{world.zone}", "A"), world.query(f"a.b.{world.zone}", "TXT")
    between = world.query(f"b.{world.zone}", "A")
    assert [answer.rcode() for answer in (absent_name, absent_type, between)] == [
        dns.rcode.NXDOMAIN,
        dns.rcode.NOERROR,
        dns.rcode.NOERROR,
    ]
    for answer in (absent_name, absent_type, between):
        assert answer.answer == []
        assert answer.authority[0].name.to_text() == f"{world.zone}."


def test_a_byte_is_octal_in_route_53_and_decimal_in_a_zone_file(world: World) -> None:
    """Both are the same letter to whoever asks."""
    world.change("CREATE", f"a.{world.zone}", "TXT", '"\\103\\\\103"')
    world.aws.put_external_zone(f"ext-{world.zone}", 'a 300 IN TXT "\\067\\\\103"\n')
    for zone in (world.zone, f"ext-{world.zone}"):
        [text] = world.query(f"a.{zone}", "TXT").answer[0]
        assert text.strings == (b"C\\103",)


def test_a_name_outside_every_zone_is_refused(world: World) -> None:
    """The server is not an open resolver."""
    assert world.query("elsewhere.invalid", "A").rcode() == dns.rcode.REFUSED


def test_a_top_level_domain_knows_what_is_not_registered(world: World) -> None:
    """Above and beside the zones nothing exists, as a resolver would hear from the registry."""
    assert world.query("_dmarc.example", "TXT").rcode() == dns.rcode.NXDOMAIN
    assert world.query("unregistered.example", "TXT").rcode() == dns.rcode.NXDOMAIN


def test_an_alias_is_followed_inside_our_zones(world: World) -> None:
    """A chain ends with the records of its last name, in another zone too."""
    world.aws.put_external_zone(f"ext-{world.zone}", "target 300 IN A 192.0.2.7\n")
    world.change("CREATE", f"a.{world.zone}", "CNAME", f"b.{world.zone}")
    world.change("CREATE", f"b.{world.zone}", "CNAME", f"target.ext-{world.zone}")
    answer = world.query(f"a.{world.zone}", "A")
    assert [rrset.name.to_text() for rrset in answer.answer] == [
        f"a.{world.zone}.",
        f"b.{world.zone}.",
        f"target.ext-{world.zone}.",
    ]
    assert world.values(f"a.{world.zone}", "A") == ["192.0.2.7"]


def test_an_alias_to_a_name_that_is_nowhere(world: World) -> None:
    """Outside our zones the alias alone is the answer; inside the outcome is that of the target (RFC 6604)."""
    world.change("CREATE", f"out.{world.zone}", "CNAME", "elsewhere.invalid")
    world.change("CREATE", f"in.{world.zone}", "CNAME", f"absent.{world.zone}")
    world.change("CREATE", f"loop.{world.zone}", "CNAME", f"loop.{world.zone}")
    assert world.query(f"out.{world.zone}", "A").rcode() == dns.rcode.NOERROR
    assert world.query(f"in.{world.zone}", "A").rcode() == dns.rcode.NXDOMAIN
    assert world.query(f"loop.{world.zone}", "A").rcode() == dns.rcode.SERVFAIL


def test_wildcards_answer_only_where_nothing_closer_exists(world: World) -> None:
    """RFC 4592: an existing name, even one without records of its own, shadows the wildcard."""
    world.change("CREATE", f"*.{world.zone}", "TXT", '"wild"')
    world.change("CREATE", f"a.b.{world.zone}", "A", _ADDRESS)
    assert world.values(f"x.{world.zone}", "TXT") == ['"wild"']
    assert world.values(f"x.y.{world.zone}", "TXT") == ['"wild"']
    assert world.values(f"a.b.{world.zone}", "TXT") == []
    assert world.values(f"b.{world.zone}", "TXT") == []
    assert world.query(f"c.b.{world.zone}", "TXT").rcode() == dns.rcode.NXDOMAIN


def test_a_long_answer_is_truncated_over_udp_and_whole_over_tcp(world: World) -> None:
    """TC over UDP; EDNS raises the limit; TCP has none."""
    values = [f'"{letter * 200}"' for letter in "abcd"]
    world.change("CREATE", f"long.{world.zone}", "TXT", *values)
    plain = world.query(f"long.{world.zone}", "TXT", use_edns=False)
    assert plain.flags & dns.flags.TC
    assert plain.answer == []
    roomy = world.query(f"long.{world.zone}", "TXT", use_edns=0, payload=1232)
    assert not roomy.flags & dns.flags.TC
    assert roomy.edns == 0
    host, _, port = world.aws.dns.partition(":")
    query = dns.message.make_query(f"long.{world.zone}", "TXT", use_edns=False)
    whole = dns.query.tcp(query, host, port=int(port), timeout=3)
    assert len(whole.answer[0]) == 4


def test_several_queries_share_a_tcp_connection(world: World) -> None:
    """The connection stays open, as RFC 7766 has it."""
    host, _, port = world.aws.dns.partition(":")
    query = dns.message.make_query(world.zone, "SOA").to_wire()
    with socket.create_connection((host, int(port)), timeout=3) as connection, connection.makefile("rb") as stream:
        for _ in range(2):
            connection.sendall(struct.pack("!H", len(query)) + query)
            (length,) = struct.unpack("!H", stream.read(2))
            assert dns.message.from_wire(stream.read(length)).answer


def test_noise_is_not_answered(world: World) -> None:
    """What is not a query gets no answer, and the server lives on."""
    host, _, port = world.aws.dns.partition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
        noise.sendto(b"\x00\x01noise", (host, int(port)))
    assert world.query(world.zone, "SOA").rcode() == dns.rcode.NOERROR


def test_a_record_with_an_alias_target_answers_for_its_target(world: World) -> None:
    """Route 53's own alias is resolved by the server."""
    world.change("CREATE", f"real.{world.zone}", "A", _ADDRESS)
    target = {"HostedZoneId": world.zone_id, "DNSName": f"real.{world.zone}", "EvaluateTargetHealth": False}
    record = {"Name": world.zone, "Type": "A", "AliasTarget": target}
    world.client("route53").change_resource_record_sets(
        HostedZoneId=world.zone_id, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    )
    assert world.values(world.zone, "A") == [_ADDRESS]


def test_faults_hit_the_names_that_they_name(world: World) -> None:
    """SERVFAIL and NXDOMAIN on demand, until they are cleared."""
    world.change("CREATE", f"a.{world.zone}", "A", _ADDRESS)
    world.aws.add_dns_fault(f"A.{world.zone}.", "servfail")
    world.aws.add_dns_fault(f"*.n.{world.zone}", "nxdomain")
    assert world.query(f"a.{world.zone}", "A").rcode() == dns.rcode.SERVFAIL
    assert world.query(f"x.n.{world.zone}", "A").rcode() == dns.rcode.NXDOMAIN
    assert world.query(world.zone, "SOA").rcode() == dns.rcode.NOERROR
    world.aws.clear_dns_faults()
    assert world.query(f"a.{world.zone}", "A").rcode() == dns.rcode.NOERROR


def test_the_listener_can_be_stopped_and_started(world: World) -> None:
    """Nobody answers in between; afterwards the port is the same."""
    world.aws.set_dns_listener(running=False)
    try:
        with pytest.raises((dns.exception.Timeout, OSError)):
            world.send(dns.message.make_query(world.zone, "SOA"), timeout_s=0.3)
    finally:
        world.aws.set_dns_listener(running=True)
    assert world.query(world.zone, "SOA").answer


def test_the_zone_of_ses_publishes_spf_and_feedback_hosts(local_aws: LocalAws, world: World) -> None:
    """What receivers ask about mail of SES can be asked here."""
    assert local_aws.dns
    (spf,) = world.values("amazonses.com", "TXT")
    assert spf.startswith('"v=spf1 ip4:')
    assert spf.endswith(' -all"')
    assert world.values("feedback-smtp.eu-west-1.amazonses.com", "A")
    assert world.query("feedback-smtp.eu-wset-1.amazonses.com", "A").rcode() == dns.rcode.NXDOMAIN


def test_dkim_hosts_publish_the_key_that_ses_signs_with(world: World) -> None:
    """Following the CNAME of an identity leads to the public half of the key that a test can sign with."""
    world.client("sesv2").create_email_identity(EmailIdentity=world.zone)
    token = world.identity()["DkimAttributes"]["Tokens"][0]
    world.publish_dkim()
    (text,) = world.values(f"{token}._domainkey.{world.zone}", "TXT")
    published = "".join(text.split('"')[1::2]).removeprefix("p=")
    pem = world.aws.ses_key(world.account, "us-east-1", world.zone)["private_key"]
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert base64.b64decode(published) == public
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    assert world.query(f"{token}.dkim.amazonses.com", "TXT").rcode() == dns.rcode.NXDOMAIN
