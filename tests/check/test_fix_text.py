"""What fixes say: the whole record, how it gets there, and what becomes of what stands elsewhere."""

import re
from pathlib import Path

import pytest

from mailproof.check.preflight.rules.record import record_there
from mailproof.check.preflight.subjects import RecordThere
from mailproof.model.record_kind import DMARC
from tests.check.world import FOLDER, play, read_world

DEPLOY_OR_REPAIR = re.compile(
    r"Run `mailproof rollout run prod .*`; if that changes nothing, .* `mailproof repair prod .*` puts it back"
)


def fixes(name: str, folder: Path, *, external: bool = False) -> dict[str, str]:
    """Return the fixes of a world by rule; its zones may be those of another provider instead."""
    world = read_world(FOLDER / f"{name}.yaml")
    if external:
        world["environment"] = re.sub(r"\{id: \w+\}", "external", world["environment"])
    return {finding.rule: finding.fix for finding in play(world, folder).findings}


@pytest.mark.parametrize(
    ("world", "rule", "record"),
    [
        ("dkim-cname-missing", "dkim-cname-missing", "CNAME"),
        ("mail-from-mx-missing", "mail-from-mx-missing", "MX 10 feedback-smtp.us-east-1.amazonses.com."),
        ("mail-from-spf-missing", "mail-from-spf-missing", 'TXT "v=spf1 include:amazonses.com ~all"'),
        ("dmarc-own-asked-for", "dmarc-missing", 'TXT "v=DMARC1; p=none"'),
        ("dkim-cname-doubled-zone", "dkim-cname-doubled-zone", "CNAME"),
        ("dkim-cname-wrong-level", "dkim-cname-wrong-level", "CNAME"),
    ],
)
def test_what_a_stack_holds_is_deployed_or_repaired(world: str, rule: str, record: str, tmp_path: Path) -> None:
    """A deployment makes it the first time only; by hand it would be in the way of the first one."""
    ours, theirs = fixes(world, tmp_path)[rule], fixes(world, tmp_path, external=True)[rule]
    assert DEPLOY_OR_REPAIR.match(ours)
    assert f" {record}" in ours
    assert theirs.startswith("Publish `")
    assert f" {record}" in theirs
    assert "mailproof r" not in theirs.partition("restart set-up")[0]


@pytest.mark.parametrize(
    ("world", "rule"),
    [
        ("dkim-cname-points-elsewhere", "dkim-cname-points-elsewhere"),
        ("mail-from-is-cname", "mail-from-is-cname"),
        ("mail-from-mx-extra-one-region", "mail-from-mx-extra"),
        ("mail-from-spf-wrong-absent", "mail-from-spf-wrong"),
        ("spf-multiple-records", "spf-multiple-records"),
        ("spf-syntax-term", "spf-syntax"),
        ("spf-flattened", "spf-flattened"),
        ("txt-mangled", "txt-mangled"),
    ],
)
def test_what_is_wrong_is_put_right_or_repaired(world: str, rule: str, tmp_path: Path) -> None:
    """The whole record for whoever enters it, and the command where a stack holds it."""
    ours, theirs = fixes(world, tmp_path)[rule], fixes(world, tmp_path, external=True)[rule]
    assert re.search(r"`\S+\. 1800 IN (CNAME|MX|TXT) .+`", theirs)
    assert "mailproof repair" not in theirs
    assert ours.startswith(theirs.partition(", then ")[0].removesuffix("."))
    assert "If a stack holds the record, `mailproof repair prod" in ours


@pytest.mark.parametrize(
    ("world", "ways"),
    [
        ("mail-from-below-delegation", ["choose another `mail_from`", "end the delegation of eu-west-1.duo.test."]),
        (
            "dmarc-delegated-to-vendor",
            ["leave out `dmarc` and enter the record there", "end the delegation of _dmarc.duo.test."],
        ),
        (
            "domainkey-delegated-to-vendor",
            ["send from a domain whose names do not lie below it", "end the delegation of _domainkey.corp.test."],
        ),
    ],
)
def test_a_delegation_has_three_ways_out(world: str, ways: list[str], tmp_path: Path) -> None:
    """Those servers, another name, or no delegation."""
    fix = fixes(world, tmp_path)["record-below-delegation"]
    first, *others = fix.split(", or ")
    assert first.startswith("Enter the records at those servers (`mailproof records --domain ")
    assert others == ways


def test_what_stands_at_the_domain_is_taken_away_only_where_nobody_needs_it(tmp_path: Path) -> None:
    """An MX of SES and a DMARC text serve nobody there; an SPF record may."""
    world = read_world(FOLDER / "mail-from-records-at-the-domain.yaml")
    mx, spf, domain = (finding.fix for finding in play(world, tmp_path).findings)
    assert "Take the MX away from example.com: SES accepts only bounces there" in mx
    assert "may serve other senders: leave it" in spf
    assert "and leave any other" in domain
    dmarc = fixes("dmarc-at-the-domain", tmp_path)["record-wrong-level"]
    assert '"v=DMARC1; p=none; rua=mailto:dmarc@example.com"' in dmarc
    assert "Take that one text away from example.com, and leave the others" in dmarc


def test_other_texts_stay_beside_a_repaired_one(tmp_path: Path) -> None:
    """What proves a domain to somebody else is not taken away with a fault of SPF."""
    world = read_world(FOLDER / "spf-syntax-term.yaml")
    lines = world["dns"]["example.com"].splitlines()
    name = next(line.split()[0] for line in lines if "v=spf1" in line)
    world["dns"]["example.com"] += f'{name} TXT "other-verification=1"\n'
    (finding,) = play(world, tmp_path).findings
    assert "beside the other texts there" in finding.fix


def test_a_key_at_another_name_is_named_with_its_text(tmp_path: Path) -> None:
    """Directly below the zone it may be another domain's: it stays there."""
    fix = fixes("dkim-own-key-wrong-level", tmp_path)["dkim-own-key-wrong"]
    assert fix.startswith("If SES signs with the key at sel1._domainkey.example.com, publish `sel1._domainkey.news.")
    assert "Take it away" not in fix
    assert "openssl pkey -in KEY.pem -pubout" in fix


def test_a_wildcard_stays_beside_the_record_that_is_missing(tmp_path: Path) -> None:
    """It answers only for names that have nothing of their own; another MAIL FROM name would not help."""
    mx = fixes("mail-from-answered-by-wildcard", tmp_path)["mail-from-mx-points-elsewhere"]
    alias = fixes("mail-from-alias-of-wildcard", tmp_path)["mail-from-is-cname"]
    for fix in (mx, alias):
        assert fix.startswith("Publish `bounce.eu-west-1.example.com. 1800 IN MX 10 feedback-smtp.eu-west-1.")
        assert fix.endswith("What answers now is the wildcard *.example.com, which can stay.")


def test_a_record_behind_an_alias_is_changed_there_or_replaces_the_alias(tmp_path: Path) -> None:
    """Nothing can stand beside a CNAME."""
    fix = fixes("dmarc-pct-behind-alias", tmp_path)["dmarc-pct-ignored"]
    assert '`_dmarc.example.com. 1800 IN TXT "v=DMARC1; p=reject; t=y"` in the place of the alias, or have' in fix
    assert "where example.com.dmarc.vendor.test leads" in fix


def test_a_misspelt_host_is_no_reason_for_another_name(tmp_path: Path) -> None:
    """Nobody else's mail comes in at a name that was meant for SES."""
    fix = fixes("mail-from-mx-host-misspelt", tmp_path)["mail-from-mx-points-elsewhere"]
    assert fix.startswith("Correct the host: `bounce.eu-west-1.example.com. 1800 IN MX 10 feedback-smtp.eu-west-1.")


def test_a_domain_that_is_delegated_itself_is_listed_as_a_zone(tmp_path: Path) -> None:
    """Then the file has its records where they are seen."""
    fix = fixes("domain-is-a-zone-of-its-own", tmp_path)["record-below-delegation"]
    assert "and list news.example.com under `zones` in the file" in fix


def test_mail_from_is_set_again_as_the_file_has_it(tmp_path: Path) -> None:
    """What SES does with mail while the MX is not right, too: whoever asked for refusal must not lose it by a fix."""
    world = read_world(FOLDER / "mail-from-failed-set-up-again.yaml")
    own = "mail_from: {name: 'bounce.{region}', on_mx_failure: reject_message}"
    world["environment"] = world["environment"].replace("name: example.com", f"name: example.com\n  {own}")
    (finding,) = play(world, tmp_path).findings
    assert "--behavior-on-mx-failure REJECT_MESSAGE`" in finding.fix


@pytest.mark.parametrize("external", [False, True])
def test_a_null_record_is_not_put_before_live_mail(tmp_path: Path, *, external: bool) -> None:
    """Of a parked domain with an MX: first whether it is in use."""
    fix = fixes("parked-domain-in-use", tmp_path, external=external)["record-differs"]
    assert fix.startswith("If mail of the domain is sent or received, take it off `parked`")


@pytest.mark.parametrize(
    ("found", "words"),
    [("CNAME", "`mailproof move prod` takes it into the stack"), ("TXT", "under `A DMARC record becomes an alias`")],
)
def test_what_another_stack_holds_is_moved_unless_its_type_changes(found: str, words: str) -> None:
    """A move imports a record as it is: it makes no CNAME of a policy."""
    ours, holder, move = "mailproof-prod-dns-brand", "stack mailproof-prod-dns in us-east-1", "mailproof move prod"
    there = RecordThere(
        *("example.com", None, "_dmarc.example.com", "CNAME", DMARC, f"{found} x", found, ()),
        ours=ours,
        held=frozenset(),
        holder=holder,
        move=move,
    )
    told = record_there.judge(there)
    assert told
    assert words in told.fix
    assert (move in told.fix) == (found == "CNAME")


def test_a_null_mx_beside_the_wanted_one_is_named(tmp_path: Path) -> None:
    """It has no host to be shown."""
    world = read_world(FOLDER / "mail-from-mx-points-elsewhere.yaml")
    name = next(want["name"] for want in world["expect"] if want["rule"] == "mail-from-mx-points-elsewhere")
    zone = next(zone for zone in world["dns"] if name.endswith(zone))
    world["dns"][zone] += f"{name}. MX 0 .\n"
    observed = next(found.observed for found in play(world, tmp_path).findings if found.rule == "mail-from-mx-extra")
    assert observed.endswith(", the null MX")
