"""What Lambda's Invoke API answers, and what Step Functions makes of it.

Source: "Invoke" in the Lambda API Reference, and what AWS was recorded to answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from stepfunctions_local.integrations.response import Refusal
from stepfunctions_local.language import Failure, InvalidJson, Json, dump_json, parse_json

_ERROR_MEMBERS = {"errorMessage", "errorType", "stackTrace"}


@dataclass(frozen=True, slots=True)
class LambdaAnswer:
    """One answer, of Lambda or of what stands for it on this machine."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def accepted(self) -> bool:
        """Whether Lambda took the call, whatever the function did with it."""
        return self.status < 300  # noqa: PLR2004 - HTTP

    @property
    def function_failed(self) -> bool:
        """Whether the function failed. The real `sam local` says so by the body alone."""
        return "X-Amz-Function-Error" in self.headers or self._looks_like_failure()

    def refusal(self) -> Refusal:
        """Tell why Lambda did not take the call."""
        kind = self.headers.get("x-amzn-errortype", "ServiceException").partition(":")[0]
        code = kind if kind.endswith("Exception") else f"{kind}Exception"
        return Refusal(code, self._message(), self.status, self.request_id)

    def function_failure(self, cause: str) -> Failure:
        """Tell how the function failed; `cause` is the payload as the kind of resource shows it."""
        payload = self.payload()
        error_type = payload.get("errorType") if isinstance(payload, dict) else None
        if isinstance(error_type, str) and error_type:
            # JSON can escape half of a surrogate pair, which is no character.
            return Failure(error_type.encode(errors="replace").decode(), cause)
        unknown = (
            "The cause could not be determined because Lambda did not return an error type. "
            f"Returned payload: {cause}"
        )
        return Failure("Lambda.Unknown", unknown)

    def payload(self) -> Json:
        """Return the payload's value; what is not JSON, as a string."""
        try:
            return parse_json(self.body)
        except InvalidJson:
            return self.body

    def compact_payload(self) -> str:
        """Return the payload's text without white space, as `lambda:invoke` shows it."""
        return dump_json(self.payload()) if self._is_json() else self.body

    def invocation(self) -> dict[str, Json]:
        """Return the result of `lambda:invoke`, with what the SDK inside Step Functions adds."""
        result: dict[str, Json] = {"ExecutedVersion": self.headers.get("X-Amz-Executed-Version", "$LATEST")}
        if log := self.headers.get("X-Amz-Log-Result"):
            result["LogResult"] = log
        result["Payload"] = self.payload()
        result["SdkHttpMetadata"] = self._http_metadata()
        result["SdkResponseMetadata"] = {"RequestId": self.request_id}
        result["StatusCode"] = self.status
        return result

    @property
    def request_id(self) -> str:
        """The request's id: Lambda's, or one of our own where the endpoint gives none."""
        return self.headers.get("x-amzn-RequestId") or str(uuid4())

    def _http_metadata(self) -> Json:
        headers = {
            "Connection": "keep-alive",
            "Content-Length": str(len(self.body.encode())),
            "Content-Type": self.headers.get("Content-Type", "application/json"),
            "Date": self.headers.get("Date", ""),
            "X-Amz-Executed-Version": self.headers.get("X-Amz-Executed-Version", "$LATEST"),
            "x-amzn-Remapped-Content-Length": "0",
            "x-amzn-RequestId": self.request_id,
            "X-Amzn-Trace-Id": self.headers.get("X-Amzn-Trace-Id", ""),
        }
        if log := self.headers.get("X-Amz-Log-Result"):
            headers["X-Amz-Log-Result"] = log
        everything: Json = {name: [value] for name, value in headers.items()}
        return {"AllHttpHeaders": everything, "HttpHeaders": dict(headers), "HttpStatusCode": self.status}

    def _looks_like_failure(self) -> bool:
        if not self._is_json():
            return bool(self.body)
        payload = self.payload()
        return isinstance(payload, dict) and payload.keys() - {"requestId"} == _ERROR_MEMBERS

    def _is_json(self) -> bool:
        try:
            parse_json(self.body)
        except InvalidJson:
            return False
        return True

    def _message(self) -> str:
        payload = self.payload()
        if not isinstance(payload, dict):
            return str(payload)
        return str(payload.get("Message") or payload.get("message") or "")
