"""What is written in the grammar of a record is read back as it was, by the reader that the check uses."""

import base64

from hypothesis import given, settings
from hypothesis import strategies as st

from mailproof.live.dkim_key import is_revoked, key_fault, public_key_of
from mailproof.live.spf_text import parse_spf
from mailproof.model.bimi import AvatarPreference, Bimi, build_bimi
from mailproof.model.mta_sts import MtaSts, MtaStsMode, parse_mx_pattern, parse_policy
from mailproof.model.own_key import SECRET, OwnKey
from mailproof.model.tls_reports import build_tls_reports, parse_https_uri, parse_tls_report_target
from mailproof.model.txt import quote_txt, unquote_txt
from tests.model.keys import OTHER_PUBLIC_KEY, PUBLIC_KEY

LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True).filter(lambda text: "--" not in text)
HOSTS = st.builds("{}.{}.example".format, LABELS, LABELS)
PATTERNS = HOSTS | HOSTS.map("*.{}".format)
URIS = st.builds("https://{}/{}".format, HOSTS, st.text(alphabet="az09._~:/?#@$&'()*+=-", max_size=20))
ARNS = "arn:aws:secretsmanager:{}:111122223333:secret:mailproof/dkim/{}-AbCdEf"
REGIONS = st.sampled_from(["us-east-1", "eu-west-1", "ap-southeast-2", "us-gov-west-1"])

QUALIFIERS = st.sampled_from(["", "+", "-", "~", "?"])
NETWORKS = st.ip_addresses(v=4).map("ip4:{}/24".format) | st.ip_addresses(v=6).map("ip6:{}".format)
NAMED = st.builds("{}:{}".format, st.sampled_from(["include", "exists", "a", "mx"]), HOSTS)
MECHANISMS = st.tuples(QUALIFIERS, NETWORKS | NAMED | st.sampled_from(["a", "mx", "a/24", "mx//64"]))


@settings(max_examples=20)
@given(st.lists(PATTERNS, min_size=1, unique=True), st.sampled_from(MtaStsMode), st.integers(86_400, 31_557_600))
def test_a_policy_of_mta_sts(mx: list[str], mode: MtaStsMode, max_age_s: int) -> None:
    """With either line end; the lines of `mx` in any order."""
    policy = MtaSts(mode, tuple(map(parse_mx_pattern, mx)), max_age_s)
    wanted = {"mode": (mode.value,), "mx": tuple(sorted(mx)), "max_age": (str(max_age_s),)}
    assert parse_policy(policy.text) == parse_policy(policy.text.replace("\n", "\r\n")) == wanted
    assert tuple(map(parse_mx_pattern, policy.mx)) == policy.mx


@given(st.sampled_from([PUBLIC_KEY, OTHER_PUBLIC_KEY]), st.booleans(), REGIONS, REGIONS)
def test_an_own_key(public: str, revoked: bool, home: str, region: str) -> None:  # noqa: FBT001 -- of hypothesis
    """Its record, through the strings of a TXT record; and where its secret is."""
    key = OwnKey("s1", public, ARNS.format(home, "example.com"), is_revoked=revoked)
    read = unquote_txt(quote_txt(key.record))
    assert (public_key_of(read), is_revoked(read)) == ("" if revoked else public, revoked)
    assert bool(key_fault(read)) is revoked
    assert base64.b64decode(public)
    assert key.secret_in(home) == key.secret
    found = SECRET.fullmatch(key.secret_in(region))
    assert found is not None
    assert (found[1], found[0].replace(region, home)) == (region, key.secret)


@given(st.lists(MECHANISMS, max_size=8), QUALIFIERS)
def test_a_record_of_spf(mechanisms: list[tuple[str, str]], last: str) -> None:
    """Every term keeps its text, its name and its qualifier, in its order."""
    terms = [*mechanisms, (last, "all")]
    record = parse_spf(" ".join(["v=spf1", *(f"{qualifier}{text}" for qualifier, text in terms)]))
    assert record.invalid_term is None
    assert " ".join(["v=spf1", *(term.text for term in record.terms)]) == record.text
    assert [(term.qualifier, term.name) for term in record.terms] == [
        (qualifier or "+", text.partition(":")[0].partition("/")[0]) for qualifier, text in terms
    ]
    assert record.tested_terms == record.terms


@given(URIS, URIS | st.just(""), st.sampled_from([None, *AvatarPreference]))
def test_a_record_of_bimi(logo: str, certificate: str, preference: AvatarPreference | None) -> None:
    """No address ends a tag."""
    bimi = Bimi(parse_https_uri(logo), certificate and parse_https_uri(certificate), preference=preference)
    tags = dict(part.strip().split("=", 1) for part in build_bimi(bimi).split(";"))
    chosen = {"avp": preference.value} if preference else {}
    assert tags == {"v": "BIMI1", "l": logo, "a": certificate, **chosen}


@given(st.lists(URIS | st.builds("{}@{}".format, LABELS, HOSTS), min_size=1, max_size=4, unique=True))
def test_a_record_of_tls_reports(targets: list[str]) -> None:
    """Each target is one of the list again."""
    text = build_tls_reports(tuple(map(parse_tls_report_target, targets)))
    assert [uri.removeprefix("mailto:") for uri in text.removeprefix("v=TLSRPTv1; rua=").split(",")] == targets
