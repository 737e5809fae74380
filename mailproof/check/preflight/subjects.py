"""Subjects that the rules of `mailproof preflight` judge."""

from dataclasses import dataclass

from mailproof.check.drift import Drift, RecordDrift, Unfinished
from mailproof.live.answer import AwsAnswer, Unanswered
from mailproof.live.aws.ses_facts import IdentityFacts
from mailproof.model.record_kind import RecordKind
from mailproof.template.bootstrap import Bootstrap
from mailproof.template.contents import RecordKey


@dataclass(frozen=True, slots=True)
class Caller:
    """
    The credentials.

    Attributes:
        wanted: Account of the environment.
        found: Account that they belong to.
    """

    wanted: str
    found: str | Unanswered


@dataclass(frozen=True, slots=True)
class BootstrapThere:
    """
    The CDK's bootstrap stack in one account and region.

    Attributes:
        wanted: What the stacks need.
        version: Its version.
        trusted: Account that deploys there.
    """

    wanted: Bootstrap
    version: AwsAnswer[int]
    trusted: str


@dataclass(frozen=True, slots=True)
class ClosedAccount:
    """
    An account of zones into which these credentials do not reach.

    Attributes:
        wanted: Its bootstrap stack.
        why: What came instead.
        trusted: Account that deploys there.
    """

    wanted: Bootstrap
    why: Unanswered
    trusted: str


@dataclass(frozen=True, slots=True)
class ClosedRegion:
    """
    A region that refuses credentials which are good elsewhere.

    Attributes:
        region: AWS region.
        why: What came instead.
    """

    region: str
    why: Unanswered


@dataclass(frozen=True, slots=True)
class IdentityThere:
    """
    An identity that exists before the deployment.

    Attributes:
        domain: Sending domain.
        region: AWS region.
        ours: The stack that is to own it.
        owner: The stack that does.
        facts: The identity; None if it was not asked for, because a stack owns it.
        move: The command that takes it over from another stack of ours.
        has_own_key: Whether the file has a key of its own, so that it may sign with one.
        parent: The region whose replica it is to be; empty if it has a key of its own.
    """

    domain: str
    region: str
    ours: str
    owner: AwsAnswer[str]
    facts: AwsAnswer[IdentityFacts] | None = None
    move: str = ""
    has_own_key: bool = False
    parent: str = ""


@dataclass(frozen=True, slots=True)
class ReplicaMissing:
    """
    An identity that is to be a replica, and is not there.

    Attributes:
        domain: Sending domain.
        region: AWS region.
        parent: The region whose key it is to use.
        make: The command that makes it.
        adopt: The command that takes it into its stack then.
    """

    domain: str
    region: str
    parent: str
    make: str
    adopt: str


@dataclass(frozen=True, slots=True)
class OwnKeySecret:
    """
    The secret of an own DKIM key in a region that is to sign with it.

    Attributes:
        domain: Sending domain.
        region: AWS region.
        secret: Its ARN there.
        version: To which the template is pinned.
        answer: Whether it has the version; NotFound if there is no secret.
        command: Makes a key, or gives it to more regions.
    """

    domain: str
    region: str
    secret: str
    version: str
    answer: AwsAnswer[bool]
    command: str


@dataclass(frozen=True, slots=True)
class IdentityQuota:
    """
    Identities of one region.

    Attributes:
        region: AWS region.
        present: How many there are.
        missing: How many the deployment will add.
    """

    region: str
    present: int
    missing: int


@dataclass(frozen=True, slots=True)
class RecordThere:
    """
    A record that exists before the deployment, where the deployment will create one.

    Attributes:
        domain: Sending domain.
        region: The one region that the record serves; None if it serves several.
        name: Its name.
        type: The type that will be created.
        kind: What it is for.
        found: Type and values of what is there.
        found_type: Its type: that of the record, or CNAME.
        extras: What makes it more than a simple record: ``AliasTarget``, ``SetIdentifier`` and the like.
        ours: The stack that is to own it.
        held: The record sets that it holds.
        holder: Another stack of ours that holds this one; empty if none is known to.
        is_pending: Whether resolvers still ask other servers than the hosted zone's.
        move: The command that takes it over from there.
        dropped: Tags of a live DMARC record that the one to come has not, each with its value.
    """

    domain: str
    region: str | None
    name: str
    type: str
    kind: RecordKind
    found: str
    found_type: str
    extras: tuple[str, ...]
    ours: str
    held: AwsAnswer[frozenset[RecordKey]]
    holder: str = ""
    is_pending: bool = False
    move: str = ""
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StackElsewhere:
    """
    Stacks of ours that are not in the plan, and hold what the deployment would make a second time.

    Attributes:
        name: The first of them.
        holding: Which stacks, and what they hold.
        todo: What to write so that all of it stays in them.
    """

    name: str
    holding: str
    todo: str


@dataclass(frozen=True, slots=True)
class StackLeft:
    """
    A stack of ours in which no file has anything.

    Attributes:
        region: AWS region.
        name: Its name.
        holds: What it holds, in words.
        todo: What to do.
    """

    region: str
    name: str
    holds: str
    todo: str


@dataclass(frozen=True, slots=True)
class RegionsUnasked:
    """
    Regions, or an account of zones, in which nobody could look for stacks that are left.

    Attributes:
        words: Where, and why.
    """

    words: str


@dataclass(frozen=True, slots=True)
class Drifted:
    """
    Something that a stack holds in another way than it is.

    Attributes:
        drift: What was found.
        command: What puts it back.
    """

    drift: Drift
    command: str

    @property
    def domain(self) -> str | None:
        """Sending domain; none of what a repair has left undone."""
        return self.drift.domain or None

    @property
    def region(self) -> str | None:
        """AWS region; None of a record."""
        return None if isinstance(self.drift, RecordDrift) else self.drift.stack.region

    @property
    def name(self) -> str | None:
        """Of the record, or of the stack that a repair has left; None of an identity."""
        if isinstance(self.drift, RecordDrift):
            return self.drift.record.name
        return self.drift.stack.name if isinstance(self.drift, Unfinished) else None

    @property
    def type(self) -> str | None:
        """Of the record."""
        return self.drift.record.type if isinstance(self.drift, RecordDrift) else None


@dataclass(frozen=True, slots=True)
class ZoneQuota:
    """
    Record sets of one hosted zone.

    Attributes:
        name: The zone.
        present: How many there are.
        missing: How many the deployment will add.
        limit: How many it may have.
    """

    name: str
    present: int
    missing: int
    limit: int


@dataclass(frozen=True, slots=True)
class MailFromInUse:
    """
    A MAIL FROM name that receives mail already.

    Attributes:
        domain: Sending domain.
        region: The one region that uses the name; None for several.
        name: The name.
        hosts: Those of its MX that are not SES's, with their preference.
        found: Hosts of all its MX.
        wanted: Hosts of which one is right.
    """

    domain: str
    region: str | None
    name: str
    hosts: tuple[str, ...]
    found: tuple[str, ...]
    wanted: tuple[str, ...]

    type = "MX"


@dataclass(frozen=True, slots=True)
class ApexSpf:
    """
    The SPF record of a domain itself.

    Attributes:
        domain: Sending domain.
        name: The same.
        texts: SPF records there.
    """

    domain: str
    name: str
    texts: tuple[str, ...]

    type = "TXT"


@dataclass(frozen=True, slots=True)
class NullMxLeft:
    """
    A null MX at a domain that is to send.

    Attributes:
        domain: Sending domain.
        name: The same.
    """

    domain: str
    name: str

    type = "MX"


@dataclass(frozen=True, slots=True)
class AwsUnavailable:
    """
    A call to AWS that nobody answered.

    Attributes:
        region: AWS region; None for Route 53.
        name: The zone, for Route 53.
        what: What was asked.
        why: What came instead.
    """

    region: str | None
    name: str | None
    what: str
    why: Unanswered
