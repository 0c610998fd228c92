"""Requests and answers of AWS services on the wire, each service in its own protocol, by botocore.

Import it with the first call: what it takes from botocore is slow to load.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, create_request_object, prepare_request_dict
from botocore.model import OperationModel
from botocore.parsers import ResponseParser, create_parser
from botocore.serialize import Serializer, create_serializer

from stepfunctions_local.credentials import Credentials
from stepfunctions_local.integrations.response import HttpResponse, Refusal, Unreadable
from stepfunctions_local.language import parse_json

_ERRORS = 300
"""HTTP: from this status on the service refused the call."""


@dataclass(frozen=True, slots=True)
class Wire:
    """Speaks for whom the credentials are, in one Region."""

    credentials: Credentials
    region: str

    def request(
        self, operation: OperationModel, members: Mapping[str, Any], endpoint: str
    ) -> AWSPreparedRequest:
        """Make a signed request of an operation with these members."""
        described = _serializer(_protocol(operation)).serialize_to_request(dict(members), operation)
        prepare_request_dict(described, endpoint)
        request = create_request_object(described)
        service = operation.service_model.signing_name
        SigV4Auth(self.credentials, service, self.region).add_auth(request)  # type: ignore[arg-type] # reads its fields
        prepared: AWSPreparedRequest = request.prepare()
        return prepared

    def read(self, operation: OperationModel, response: HttpResponse) -> dict[str, Any] | Refusal:
        """Read an answer: the members of the output, or how the service refused the call.

        Raises:
            Unreadable: it is neither.

        """
        accepted = response.status < _ERRORS
        parts = {"status_code": response.status, "headers": response.headers, "body": response.body}
        try:
            if accepted:
                _require_json(_protocol(operation), response)
            read: dict[str, Any] = _parser(_protocol(operation)).parse(parts, operation.output_shape)  # type: ignore[arg-type] # takes None
        except Exception as error:
            # botocore's parsers raise whatever they stumble over.
            raise Unreadable(
                f"Unable to unmarshall response ({error}). Response Code: {response.status}"
            ) from error
        return read if accepted else _refusal(read, response)


def _require_json(protocol: str, response: HttpResponse) -> None:
    """Refuse what botocore would take for an output without members. Raises InvalidJson or TypeError."""
    if protocol == "json" and not isinstance(parse_json(response.body.decode() or "{}"), dict):
        raise TypeError("it is no JSON object")


def _refusal(read: dict[str, Any], response: HttpResponse) -> Refusal:
    error = read.get("Error", {})
    request_id = read.get("ResponseMetadata", {}).get("RequestId") or response.request_id
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    return Refusal(code, message, response.status, request_id, error.get("QueryErrorCode"))


def _protocol(operation: OperationModel) -> str:
    return operation.service_model.resolved_protocol


@cache
def _serializer(protocol: str) -> Serializer:
    serializer: Serializer = create_serializer(protocol, include_validation=False)  # type: ignore[assignment] # without validation it is one
    return serializer


@cache
def _parser(protocol: str) -> ResponseParser:
    return create_parser(protocol)
