"""Reading a record: what is asked, all at once and within one budget, and what it means for SES."""

import asyncio
from collections.abc import Mapping

import pytest

from mailproof.live.answer import Absent, Answer, MxAnswer, NameAnswer, Txt, TxtAnswer, Unanswered
from mailproof.live.spf_check_host import SpfResult
from mailproof.live.spf_reader import NOT_ASKED, SpfReader, read_spf
from mailproof.live.spf_reading import SpfReading

SES = "v=spf1 ip4:199.255.192.0/22 ip4:54.240.0.0/18 ip6:2001:db8::/32 -all"
SILENCE = Unanswered("timeout")
DOMAIN = "bounce.example.com"


class World:
    """Names to SPF records; a name that is not there is absent, and nobody answers for one with None."""

    def __init__(self, texts: Mapping[str, str | None]) -> None:
        self.texts = {"amazonses.com": SES, **texts}
        self.asked: list[str] = []

    async def names(self, name: str, rdtype: str, *, checking_disabled: bool = False) -> NameAnswer:
        """Know no addresses."""
        self.asked.append(f"{name} {rdtype}{checking_disabled or ''}")
        return Absent()

    async def mx(self, name: str) -> MxAnswer:
        """Know no hosts."""
        self.asked.append(f"{name} MX")
        return Absent()

    async def txt(self, name: str) -> TxtAnswer:
        """Answer from the texts."""
        self.asked.append(name)
        text = self.texts.get(name, "")
        if text is None:
            return SILENCE
        return Answer((Txt((text,)),)) if text else Absent()


def read(world: World, record: str) -> SpfReading:
    """Read a record in a world."""
    reading = asyncio.run(read_spf(SpfReader(world, DOMAIN), Answer((Txt((record,)),))))
    assert reading is not None
    return reading


def test_no_more_is_asked_than_a_receiver_would() -> None:
    """A record may include 160 names that nobody answers for."""
    includes = [f"i{number}.example" for number in range(160)]
    world = World(dict.fromkeys(includes))
    reading = read(world, f"v=spf1 {' '.join(f'include:{name}' for name in includes)} ~all")
    assert reading.unanswered == (("i0.example", "TXT"), SILENCE)
    assert len(world.asked) < 15


def test_silent_names_level_by_level_end_the_reading() -> None:
    """Each level has a name that answers and one that does not, which would take ten times the timeout."""
    texts: dict[str, str | None] = {}
    for level in range(9):
        texts[f"l{level}.example"] = f"v=spf1 include:l{level + 1}.example include:s{level}.example -all"
        texts[f"s{level}.example"] = None
    world = World(texts)
    reading = read(world, "v=spf1 include:l0.example include:amazonses.com ~all")
    assert reading.unanswered == (("l3.example", "TXT"), NOT_ASKED)
    assert "s2.example" not in world.asked


def test_a_silent_name_behind_ses_leaves_no_doubt_that_ses_passes() -> None:
    """Receivers stop at the term that passes SES."""
    reading = read(World({"x.example": None}), "v=spf1 include:amazonses.com include:x.example ~all")
    assert reading.passes
    assert reading.unanswered is None
    assert reading.others.unanswered == (("x.example", "TXT"), SILENCE)


def test_the_usual_record_takes_one_question() -> None:
    """Thousands of domains have it."""
    world = World({})
    assert read(world, "v=spf1 include:amazonses.com ~all").passes
    assert world.asked == ["amazonses.com"]


def test_a_network_is_cut_where_the_record_cuts_it() -> None:
    """What passes and what does not are told apart to the address."""
    reading = read(World({}), "v=spf1 -ip4:54.240.1.0/24 -ip4:54.240.1.128/25 include:amazonses.com ~all")
    assert [str(part) for part in reading.refused] == ["54.240.1.0/24"]


def test_a_record_that_cuts_too_often_is_not_followed_to_the_end() -> None:
    """Four thousand networks in one record would be evaluated for minutes."""
    cut = " ".join(f"ip4:54.240.{number // 64}.{number % 64 * 4}/32" for number in range(2000))
    assert not read(World({}), f"v=spf1 {cut} -all").passes


@pytest.mark.parametrize(
    ("record", "count"),
    [
        ("v=spf1 a a a mx include:a.example a a a a a a ~all", "16, 6 behind include:a.example"),
        ("v=spf1 include:b.example include:a.example ~all", "no end, 2 behind include:b.example"),
    ],
)
def test_lookups_are_counted_to_the_end(record: str, count: str) -> None:
    """How many to remove is known only if all are counted."""
    texts = {"a.example": "v=spf1 a mx ptr exists:x.example a -all", "b.example": "v=spf1 include:b.example -all"}
    assert str(read(World(texts), record).lookups).startswith(count.partition(",")[0])
    assert str(read(World(texts), record).lookups) == count


def test_two_records_are_not_read() -> None:
    """Neither is a name without one."""
    record = Txt(("v=spf1 -all",))
    assert asyncio.run(read_spf(SpfReader(World({}), DOMAIN), Answer((record, record)))) is None
    assert asyncio.run(read_spf(SpfReader(World({}), DOMAIN), Unanswered("timeout"))) is None


def test_nobody_who_answers_for_ses_leaves_the_record_unanswered() -> None:
    """Its networks are not known then, whatever the record lists."""
    reading = read(World({"amazonses.com": None}), "v=spf1 ip4:54.240.0.0/18 -all")
    assert reading.unanswered == (("amazonses.com", "TXT"), SILENCE)


def test_a_fault_of_the_record_itself_needs_no_question() -> None:
    """Receivers parse the whole record first (RFC 7208 section 4.6)."""
    world = World({})
    reading = read(world, "v=spf1 include:x.example foo ~all")
    assert reading.others.result is SpfResult.PERMERROR
    assert reading.ses == ((None, reading.others),)
    assert world.asked == []
