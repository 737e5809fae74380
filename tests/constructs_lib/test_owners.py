"""One owner for every identity and every record, among the constructs of an app."""

import re
from typing import Any

import pytest
from aws_cdk import App, Environment, Fn, NestedStack, Stack, Stage
from aws_cdk.aws_route53 import HostedZone, PublicHostedZone

from mailproof.constructs_lib import DomainRecords, HostedZoneReference, SendingDomain
from mailproof.model.dmarc import Dmarc
from mailproof.model.errors import InvalidValue
from tests.constructs_lib.synthesis import ACCOUNT, REGION, ZONE, new_app, new_stack, resources

NAME = "a.example.com"
PARENT = "example.com"
OTHER_REGION = "us-east-1"
SHARED: dict[str, Any] = {"shared_mail_from": "bounce", "home_region": REGION}


def domain(scope: Stack, name: str = "One", **more: Any) -> SendingDomain:
    """Add a sending domain."""
    return SendingDomain(scope, name, **{"domain_name": NAME, "zone": ZONE, **more})


def dns(scope: Stack, name: str = "Dns", **more: Any) -> DomainRecords:
    """Add records of a domain."""
    return DomainRecords(scope, name, **{"domain_name": NAME, "zone": ZONE, **more})


def refused(what: str, first: str, second: str, todo: str) -> Any:
    """Expect a refusal that names both owners and says what to do."""
    message = re.escape(f"{what} {first!r}, got {second!r}; ")
    return pytest.raises(InvalidValue, match=f"^{message}{todo}")


@pytest.fixture
def app() -> App:
    """An app without stacks."""
    return new_app()


@pytest.fixture
def pair(app: App) -> tuple[Stack, Stack]:
    """Two stacks of one app, in two regions."""
    return new_stack(app, "west"), new_stack(app, "east", OTHER_REGION)


MX_TAKEN = "the MX record 'bounce.a.example.com' in zone 'example.com' already belongs to"
DMARC_TAKEN = "the TXT record '_dmarc.a.example.com' in zone 'example.com' already belongs to"


@pytest.mark.parametrize("record_sets", ["grouped", "individual"])
def test_fails_for_one_mail_from_name_in_two_regions(pair: tuple[Stack, Stack], record_sets: str) -> None:
    """Two regions would fight over one MX."""
    west, east = pair
    domain(west, mail_from="bounce", record_sets=record_sets)
    with refused(MX_TAKEN, "west/One", "east/Two", r"choose another .*\{region\}.*mail_from_records=False"):
        domain(east, "Two", mail_from="bounce", record_sets=record_sets)


def test_fails_for_a_shared_mail_from_name_that_a_region_holds_too(stack: Stack) -> None:
    """The records that `DomainRecords` makes are to be left out by every region."""
    dns(stack, **SHARED)
    with refused(MX_TAKEN, "stack/Dns", "stack/One", "choose another"):
        domain(stack, mail_from="bounce")
    domain(stack, mail_from="bounce", mail_from_records=False)


def test_fails_for_one_mail_from_name_of_two_domains(stack: Stack) -> None:
    """A name is the same, whichever domain it is relative to."""
    domain(stack, domain_name=PARENT, mail_from="bounce.a")
    with refused(MX_TAKEN, "stack/One", "stack/Two", "choose another"):
        domain(stack, "Two", mail_from="bounce")


def test_fails_for_one_dmarc_record_in_two_stacks(pair: tuple[Stack, Stack]) -> None:
    """Route 53 is global."""
    west, east = pair
    dns(west, dmarc=Dmarc())
    with refused(DMARC_TAKEN, "west/Dns", "east/Dns", "keep dmarc in one of the two"):
        dns(east, dmarc=Dmarc())


def test_fails_across_stages(app: App) -> None:
    """A zone id stands for one zone in the world, whatever the account of a Stage."""
    env = Environment(account=ACCOUNT, region=REGION)
    first, second = (Stack(Stage(app, name, env=env), "mail") for name in ("beta", "prod"))
    dns(first, dmarc=Dmarc())
    with refused(DMARC_TAKEN, "beta/mail/Dns", "prod/mail/Dns", "keep"):
        dns(second, dmarc=Dmarc())


def test_fails_for_one_domain_twice_in_a_region(app: App) -> None:
    """An identity is one per account and region, in whichever stacks, with or without a zone."""
    stack = new_stack(app)
    domain(stack)
    taken = f"the identity 'a.example.com' in {REGION} already belongs to"
    for scope, path in ((stack, "stack"), (new_stack(app, "other"), "other"), (NestedStack(stack, "In"), "stack/In")):
        with refused(taken, "stack/One", f"{path}/Two", "keep one of the two"):
            domain(scope, "Two", zone=None)


def test_one_domain_in_two_regions_and_accounts(app: App) -> None:
    """Each has an identity of its own."""
    domain(new_stack(app, "west"))
    domain(new_stack(app, "east", OTHER_REGION))
    elsewhere = Environment(account="999988887777", region=REGION)
    domain(Stack(app, "elsewhere", env=elsewhere), zone=HostedZoneReference("Z0OTHER", PARENT))


def test_an_account_that_is_not_known_is_not_compared(app: App) -> None:
    """Two stacks for any account may be deployed to two."""
    for name in ("one", "two"):
        domain(Stack(app, name, env=Environment(region=REGION)), zone=None)


@pytest.mark.parametrize("domain_last", [True, False], ids=["domain last", "domain first"])
def test_fails_for_a_mail_from_name_that_sends(pair: tuple[Stack, Stack], *, domain_last: bool) -> None:
    """SES wants a name that no mail is sent from."""
    west, east = pair
    todo = "choose a MAIL FROM name that sends and receives no mail"
    if domain_last:
        domain(west, domain_name=PARENT, mail_from="a")
        with refused("'a.example.com' is the MAIL FROM name of", "west/One", "east/Two", todo):
            domain(east, "Two", zone=None)
    else:
        domain(east, "Two", zone=None)
        with refused("MAIL FROM name 'a.example.com' is the sending domain of", "east/Two", "west/One", todo):
            dns(west, "One", domain_name=PARENT, shared_mail_from="a", home_region=REGION)


def test_fails_for_two_groups_of_one_domain(stack: Stack) -> None:
    """Records that serve all regions of a domain are one group in a stack, of one construct."""
    dns(stack, "One", dmarc=Dmarc(), record_sets="grouped")
    taken = "the resource 'SharedRecordsAExampleCom85098350' of the stack already belongs to"
    with refused(
        taken, "stack/One", "stack/Two", "give dmarc and shared_mail_from of 'a.example.com' to one construct"
    ):
        dns(stack, "Two", **SHARED, record_sets="grouped")


def test_different_records_of_one_domain_may_have_two_owners(pair: tuple[Stack, Stack]) -> None:
    """In two stacks, or in one as single record sets."""
    west, east = pair
    dns(west, "One", dmarc=Dmarc())
    dns(east, "Two", **SHARED)
    single: dict[str, Any] = {"domain_name": "b.example.com"}
    dns(west, "Three", dmarc=Dmarc(), **single)
    dns(west, "Four", **SHARED, **single)
    assert len(resources(west)) == 4


def test_another_app_is_another_world() -> None:
    """Apps of one process, as tests have them, know nothing of each other."""
    for _ in range(2):
        domain(new_stack())
        dns(new_stack(), dmarc=Dmarc())


def test_a_stack_without_an_app() -> None:
    """The app that CDK makes for it is none of Python's objects."""
    stack = Stack(env=Environment(account=ACCOUNT, region=REGION))
    domain(stack)
    with pytest.raises(InvalidValue, match="already belongs to 'Default/One'"):
        domain(stack, "Two")


def test_a_zone_of_the_app_is_one_zone(pair: tuple[Stack, Stack]) -> None:
    """Its id is a token, and the same wherever it is referred to."""
    west, east = pair
    zone = PublicHostedZone(west, "Zone", zone_name=PARENT)
    dns(west, zone=zone, dmarc=Dmarc())
    with refused(DMARC_TAKEN, "west/Dns", "east/Dns", "keep"):
        dns(east, zone=HostedZoneReference(zone.hosted_zone_id, PARENT), dmarc=Dmarc())


def test_a_token_may_be_another_zone_in_another_stack(pair: tuple[Stack, Stack]) -> None:
    """An import is looked up in the account and region of each stack."""
    zone = HostedZoneReference(Fn.import_value("zone"), PARENT)
    for stack in pair:
        dns(stack, zone=zone, dmarc=Dmarc())
    with refused(DMARC_TAKEN, "west/Dns", "west/Two", "keep"):
        dns(pair[0], "Two", zone=zone, dmarc=Dmarc())


def test_zones_not_looked_up_yet_are_not_compared(pair: tuple[Stack, Stack]) -> None:
    """All of them have one id until then."""
    for stack in pair:
        dns(stack, zone=HostedZone.from_lookup(stack, "Zone", domain_name=PARENT), dmarc=Dmarc())


def test_what_was_refused_owns_nothing(stack: Stack) -> None:
    """Neither a refusal of ours nor one of the CDK stands in the way of the next attempt."""
    dns(stack, "Taken", domain_name="b.example.com", dmarc=Dmarc())
    with pytest.raises(InvalidValue, match="removal policy"):
        dns(stack, "Refused", dmarc=Dmarc(), removal_policy="keep")
    with pytest.raises(RuntimeError, match="already a Construct"):
        dns(stack, "Taken", dmarc=Dmarc())
    dns(stack, dmarc=Dmarc())
