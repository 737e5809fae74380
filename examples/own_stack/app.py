"""
A CDK app that uses two constructs of mailproof in a stack of its own.

It needs no environment file and makes its own zone. Run it as any CDK app, by
``cdk deploy`` or ``python app.py``.
"""

from aws_cdk import App, CfnOutput, Environment, Stack
from aws_cdk.aws_iam import PolicyStatement, Role, ServicePrincipal
from aws_cdk.aws_route53 import PublicHostedZone
from constructs import Construct

from mailproof import Dmarc, DmarcPolicy, DomainRecords, SendingDomain

DOMAIN = "news.example.net"


class NewsletterStack(Stack):
    """
    A hosted zone, a domain that sends, and a role that may send as it.

    Args:
        scope: The app.
        env: Account and region. The region has to be known: the MX names it.
    """

    def __init__(self, scope: Construct, *, env: Environment) -> None:
        super().__init__(scope, "Newsletter", env=env)
        zone = PublicHostedZone(self, "Zone", zone_name="example.net")
        dmarc = Dmarc(DmarcPolicy.QUARANTINE, reports=("dmarc@example.net",))
        DomainRecords(self, "Policy", domain_name=DOMAIN, zone=zone, dmarc=dmarc)
        news = SendingDomain(self, "News", domain_name=DOMAIN, zone=zone)

        arn = self.format_arn(service="ses", resource="identity", resource_name=news.identity.ref)
        sender = Role(self, "Sender", assumed_by=ServicePrincipal("lambda.amazonaws.com"))
        sender.add_to_policy(PolicyStatement(actions=["ses:SendEmail"], resources=[arn]))
        CfnOutput(self, "Domain", value=news.identity.ref)


def main() -> None:
    """Synthesise."""
    app = App()
    env = Environment(account="111122223333", region="eu-west-1")
    NewsletterStack(app, env=env)
    app.synth()


if __name__ == "__main__":
    main()
