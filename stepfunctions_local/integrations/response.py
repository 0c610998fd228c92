"""What came back for a call: on the wire, and how a service refuses."""

from dataclasses import dataclass
from functools import cached_property
from uuid import uuid4

from multidict import CIMultiDict

from stepfunctions_local.language import Json


@dataclass(frozen=True)
class HttpResponse:
    """One answer. Headers keep the names that they were sent with."""

    status: int
    headers: CIMultiDict[str]
    body: bytes

    @cached_property
    def request_id(self) -> str:
        """The request's id: the service's, or one of our own where it gives none."""
        return self.headers.get("x-amzn-RequestId") or str(uuid4())

    def metadata(self) -> dict[str, Json]:
        """Return what the SDK inside Step Functions adds to a result."""
        everything: dict[str, Json] = {name: [*self.headers.getall(name)] for name in self.headers}
        http: Json = {
            "AllHttpHeaders": everything,
            "HttpHeaders": dict(self.headers),
            "HttpStatusCode": self.status,
        }
        return {"SdkHttpMetadata": http, "SdkResponseMetadata": {"RequestId": self.request_id}}


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a service refused a call. `modelled_code` is another code that the model has for the error."""

    code: str
    message: str
    status: int
    request_id: str
    modelled_code: str | None = None


class Unreadable(Exception):
    """What came back is no answer in the service's protocol."""
