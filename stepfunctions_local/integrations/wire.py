"""Requests and responses of AWS services in each service's own protocol, by botocore.

Import it with the first call: the parts of botocore that it needs are slow to load.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from zlib import crc32

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import (
    AWSPreparedRequest,
    AWSRequest,
    create_request_object,
    prepare_request_dict,
)
from botocore.model import OperationModel
from botocore.parsers import ResponseParser, create_parser
from botocore.serialize import Serializer, create_serializer

from stepfunctions_local.credentials import Credentials
from stepfunctions_local.integrations.response import ErrorResponse, HttpResponse, UnreadableResponse
from stepfunctions_local.language import parse_json

_NOT_IN_A_HEADER = re.compile(r"[^\x20-\x7E]")

_TEXT = "text/plain; charset=UTF-8"

_PROTOCOLS = ("json", "rest-json", "rest-xml", "query", "ec2", "smithy-rpc-v2-cbor")

_FIRST_ERROR_STATUS = 300
"""The first HTTP status with which a service rejects a call."""


@dataclass(frozen=True, slots=True)
class Wire:
    """Builds requests that are signed for one Region, and parses responses."""

    credentials: Credentials
    region: str

    def build_request(
        self, operation: OperationModel, members: Mapping[str, Any], endpoint: str
    ) -> AWSPreparedRequest:
        """Build a signed request of an operation with these members."""
        sendable = _replace_surrogates(dict(members))
        described = _load_serializer(_protocol(operation)).serialize_to_request(sendable, operation)
        described["headers"] = {name: _to_header(value) for name, value in described["headers"].items()}
        # It names another host of AWS's. The endpoint is the only one here.
        described.pop("host_prefix", None)
        _complete_stream(described, operation)
        prepare_request_dict(described, endpoint)
        return self.sign(create_request_object(described), operation.service_model.signing_name)

    def sign(self, request: AWSRequest, service: str) -> AWSPreparedRequest:
        """Return a request, signed for a service by its name in signatures."""
        auth = S3SigV4Auth if service == "s3" else SigV4Auth
        auth(self.credentials, service, self.region).add_auth(request)  # type: ignore[arg-type] # reads its fields
        prepared: AWSPreparedRequest = request.prepare()
        return prepared

    def parse_response(
        self, operation: OperationModel, response: HttpResponse
    ) -> dict[str, Any] | ErrorResponse:
        """Return the members of the output, or the service's error.

        Raises:
            UnreadableResponse: the response is neither.

        """
        accepted = response.status < _FIRST_ERROR_STATUS
        # Botocore takes bytes for the text of an answer, and anything else for a stream.
        is_stream = accepted and _has_stream(operation)
        body = bytearray(response.body) if is_stream else response.body
        parts = {"status_code": response.status, "headers": response.headers, "body": body}
        try:
            if accepted:
                _require_json(_protocol(operation), response)
            parsed: dict[str, Any] = _load_parser(_protocol(operation)).parse(parts, operation.output_shape)  # type: ignore[arg-type] # takes None
        except Exception as error:
            # botocore's parsers raise any kind of exception.
            raise UnreadableResponse(
                f"Unable to unmarshall response ({error}). Response Code: {response.status}"
            ) from error
        return parsed if accepted else _build_error(parsed, response)


def _has_stream(operation: OperationModel) -> bool:
    """Return whether the body of an answer is one blob."""
    shape = operation.output_shape
    payload = shape.serialization.get("payload") if shape else None
    return shape is not None and payload is not None and shape.members[payload].type_name == "blob"


def _replace_surrogates(value: Any) -> Any:  # noqa: ANN401 - any member
    """Replace each half of a surrogate pair, which UTF-8 lacks, by a question mark, as Java does."""
    match value:
        case str():
            return value.encode(errors="replace").decode()
        case dict():
            return {_replace_surrogates(key): _replace_surrogates(each) for key, each in value.items()}
        case list():
            return [_replace_surrogates(each) for each in value]
    return value


def _to_header(value: Any) -> Any:  # noqa: ANN401 - botocore has text and bytes
    """Replace what a header cannot carry by question marks, so that the service can refuse the value."""
    return _NOT_IN_A_HEADER.sub("?", value) if isinstance(value, str) else value


def _require_json(protocol: str, response: HttpResponse) -> None:
    """Raise InvalidJson or TypeError for a body that botocore would parse as an output without members."""
    if protocol == "json" and not isinstance(parse_json(response.body.decode() or "{}"), dict):
        raise TypeError("it is not a JSON object")


def _build_error(parsed: dict[str, Any], response: HttpResponse) -> ErrorResponse:
    error = parsed.get("Error", {})
    request_id = parsed.get("ResponseMetadata", {}).get("RequestId") or response.request_id
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    extended_id = response.headers.get("x-amz-id-2")
    modelled_code = error.get("QueryErrorCode")
    return ErrorResponse(code, message, response.status, request_id, modelled_code, extended_id)


def _complete_stream(described: dict[str, Any], operation: OperationModel) -> None:
    """Add what AWS's SDK for Java adds to a stream made of text: its type, and its checksum."""
    checksum, headers = operation.http_checksum, described["headers"]
    body = described["body"]
    content = body.encode() if isinstance(body, str) else body
    if operation.has_streaming_input:
        headers.setdefault("Content-Type", _TEXT)
    if checksum and isinstance(content, bytes) and (content or operation.has_streaming_input):
        if any(name.lower().startswith("x-amz-checksum-") for name in headers):
            return
        if "requestAlgorithmMember" in checksum or checksum.get("requestChecksumRequired"):
            headers.setdefault("x-amz-sdk-checksum-algorithm", "CRC32")
            headers["x-amz-checksum-crc32"] = base64.b64encode(crc32(content).to_bytes(4)).decode()


def _protocol(operation: OperationModel) -> str:
    """Return the protocol that most local services have."""
    metadata = operation.service_model.metadata
    protocols = metadata.get("protocols") or [metadata["protocol"]]
    return next(protocol for protocol in _PROTOCOLS if protocol in protocols)


@cache
def _load_serializer(protocol: str) -> Serializer:
    serializer: Serializer = create_serializer(protocol, include_validation=False)  # type: ignore[assignment] # without validation it is one
    return serializer


@cache
def _load_parser(protocol: str) -> ResponseParser:
    return create_parser(protocol)
