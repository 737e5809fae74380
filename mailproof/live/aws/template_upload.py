"""Hand a template to CloudFormation: in the call, or through the bucket of the CDK's bootstrap if it is too long."""

import hashlib
from typing import Any

from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.change_sets import BODY_LIMIT_BYTES, template_text
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.objects import write_object
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import Template

NO_BUCKET = Unanswered("no bucket", "the template is too long for a call, and the assembly names no bootstrap bucket")


def template_argument(clients: Clients, stack: SynthesisedStack, template: Template) -> dict[str, str] | Unanswered:
    """
    Return `TemplateBody`, or `TemplateURL` of a template that is put into the bucket.

    Args:
        clients: Ask S3.
        stack: Whose bucket it is.
        template: What CloudFormation is to read.
    """
    text = template_text(template)
    if len(text.encode()) <= BODY_LIMIT_BYTES:
        return {"TemplateBody": text}
    if stack.bucket is None:
        return NO_BUCKET
    bucket, key = stack.bucket.name, f"{hashlib.sha256(text.encode()).hexdigest()}.json"
    target = Target(stack.account, stack.region, stack.bucket.roles)
    found = clients.ask("s3", target, lambda client: _put(client, bucket, key, text))
    return Unanswered("NotFound") if isinstance(found, NotFound) else found


def _put(client: Any, bucket: str, key: str, text: str) -> dict[str, str]:
    """Put a template under a name of its content, as the CDK does, and return its address."""
    write_object(client, bucket, key, text)
    # With the bucket in the path: that every endpoint has, that of a test too.
    return {"TemplateURL": f"{client.meta.endpoint_url}/{bucket}/{key}"}
