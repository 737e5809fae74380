"""Objects of S3, whole."""

from collections.abc import Iterator, Mapping
from typing import Any

JSON = "application/json"


def list_objects(client: Any, bucket: str, prefix: str) -> Iterator[Mapping[str, Any]]:
    """Yield what S3 says of each object whose key begins so; each page is asked for when it is reached."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from page.get("Contents", ())


def read_object(client: Any, bucket: str, key: str) -> bytes:
    """Return the content of an object."""
    content: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    return content


def write_object(  # noqa: PLR0913 -- an object, each part by its name
    client: Any, bucket: str, key: str, text: str, content_type: str = JSON, *, is_new: bool = False
) -> None:
    """
    Write an object.

    Args:
        client: boto3's, of S3.
        bucket: The bucket.
        key: Its key.
        text: What is in it.
        content_type: What that is.
        is_new: Whether one that is there is refused, not replaced.
    """
    condition = {"IfNoneMatch": "*"} if is_new else {}
    client.put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType=content_type, **condition)


def delete_object(client: Any, bucket: str, key: str) -> None:
    """Delete an object."""
    client.delete_object(Bucket=bucket, Key=key)
