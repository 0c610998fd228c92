"""Responses to a call: as they arrive over HTTP, and errors of a service."""

from dataclasses import dataclass
from functools import cached_property
from uuid import uuid4

from multidict import CIMultiDict

from stepfunctions_local.language import Json


@dataclass(frozen=True)
class HttpResponse:
    """An HTTP response. Headers keep their original names. `reason` is the text of the status."""

    status: int
    headers: CIMultiDict[str]
    body: bytes
    reason: str = ""

    @cached_property
    def request_id(self) -> str:
        """The request's id, which is made up if the service has sent none."""
        sent = self.headers.get("x-amzn-RequestId") or self.headers.get("x-amz-request-id")
        return sent or str(uuid4())

    def build_metadata(self) -> dict[str, Json]:
        """Return the metadata that AWS's SDK adds to a result in Step Functions."""
        everything: dict[str, Json] = {name: [*self.headers.getall(name)] for name in self.headers}
        http: Json = {
            "AllHttpHeaders": everything,
            "HttpHeaders": dict(self.headers),
            "HttpStatusCode": self.status,
        }
        return {"SdkHttpMetadata": http, "SdkResponseMetadata": {"RequestId": self.request_id}}


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """An error that a service returned.

    `modelled_code` is the code in AWS's model, if it is another one.
    `extended_id` is the second id of a request to S3.
    """

    code: str
    message: str
    status: int
    request_id: str
    modelled_code: str | None = None
    extended_id: str | None = None


class UnreadableResponse(Exception):
    """The response does not follow the service's protocol."""
