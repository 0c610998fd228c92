"""The endpoint of a boto3 client, if it is not AWS's own: that of `delay local`, for example."""

from typing import Any, Final
from urllib.parse import urlsplit

_AWS_DOMAINS: Final = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".amazonwebservices.com.cn")


def find_foreign_endpoint(client: Any) -> str | None:  # noqa: ANN401 - boto3 has no types
    """Return the URL of an endpoint that is not AWS's; None if it is AWS's, or a fake has none."""
    url = str(getattr(getattr(client, "meta", None), "endpoint_url", None) or "")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or (parts.hostname or "").endswith(_AWS_DOMAINS):
        return None
    return url.rstrip("/")
