# Judges messages with Mail::DKIM, Mail::SPF and Mail::DMARC: one line of JSON in ({message, ip, helo, sender, author,
# signatures, spf}), one line out (what they conclude). Mail::DMARC is told the verdicts on DKIM and SPF, and judges what
# follows. Debian: libmail-dkim-perl libmail-spf-perl libmail-dmarc-perl.
use strict;
use warnings;
use JSON::PP;
use MIME::Base64;
use Mail::DKIM::Verifier;
use Mail::DKIM::DNS;
use Mail::DMARC::PurePerl;
use Mail::SPF;
use Net::DNS;

my ($host, $port) = split /:/, shift;
my $resolver = Net::DNS::Resolver->new(
    nameservers => [$host], port => $port, recurse => 1, retry => 1, udp_timeout => 2, tcp_timeout => 2
);
Mail::DKIM::DNS::resolver($resolver);
my $spf_server = Mail::SPF::Server->new(dns_resolver => $resolver);
$| = 1;

while (my $line = <STDIN>) {
    my $given = decode_json($line);
    my $verifier = Mail::DKIM::Verifier->new();
    my $bytes = decode_base64($given->{message});
    eval { $verifier->PRINT($bytes); $verifier->CLOSE(); };
    my @signatures = $@ ? () : $verifier->signatures;
    my $spf = 'none';
    my ($domain) = ($given->{sender} || "postmaster\@$given->{helo}") =~ /@(.*)/;
    eval {
        my $request = Mail::SPF::Request->new(
            scope => 'mfrom', identity => $given->{sender} || "postmaster\@$given->{helo}",
            ip_address => $given->{ip}, helo_identity => $given->{helo}
        );
        $spf = $spf_server->process($request)->code;
    };
    my $dmarc = 'not judged';
    if ($given->{author}) {
        eval {
            local $SIG{__WARN__} = sub { };
            my $judge = Mail::DMARC::PurePerl->new;
            $judge->set_resolver($resolver);
            $judge->header_from($given->{author});
            $judge->source_ip($given->{ip});
            $judge->dkim($given->{signatures});
            $judge->spf([{ domain => $domain, scope => 'mfrom', result => $given->{spf} }]);
            my $result = $judge->validate;
            $dmarc = eval { $result->published } ? $result->result : 'none';
        };
    }
    my $passed = grep { $_->result eq 'pass' } @signatures;
    print encode_json({ dkim => $passed + 0, spf => $spf, dmarc => $dmarc }), "\n";
}
