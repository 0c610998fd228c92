"""Parameters that name an object of S3: one with a part of the request, or one for a part of the result.

Source: "Invoke and customize Amazon Bedrock models with Step Functions". The form of the reference that
takes the place of a stored part is not documented: here it is the object's URI.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from stepfunctions_local.engine.execution.call import CallOutcome, CallResult, StorageFailed
from stepfunctions_local.integrations.members import decode_bytes
from stepfunctions_local.integrations.service_call import ServiceCall
from stepfunctions_local.integrations.storage import Storage, StoredObject
from stepfunctions_local.lambdas.invocation import MAX_RESPONSE_BYTES
from stepfunctions_local.language import Json, dump_json, parse_json

_URI: Final = re.compile(r"s3://(?P<bucket>[^/]+)/(?P<key>.+)", re.DOTALL)


async def fetch(call: ServiceCall, storage: Storage) -> ServiceCall:
    """Return a call with the contents of the objects that its parameters name. Raises StorageFailed."""
    fetched = {
        target: await _read(_locate(call.parameters[name]), storage)
        for name, target in call.integration.optimized.fetched.items()
        if call.parameters.get(name) is not None
    }
    return replace(call, parameters={**call.parameters, **fetched}) if fetched else call


async def store(call: ServiceCall, outcome: CallOutcome, storage: Storage) -> CallOutcome:
    """Write the parts of a result to the objects that are named for them. Raises StorageFailed.

    In the outcome the URI of the object takes the place of each.
    """
    named = {
        source: call.parameters[name]
        for name, source in call.integration.optimized.stored.items()
        if call.parameters.get(name) is not None
    }
    if not named or not isinstance(outcome, CallResult):
        return outcome
    result = parse_json(outcome.text)
    for source, target in named.items():
        if isinstance(result, dict):
            place = _locate(target)
            await storage.write(place.bucket, place.key, _encode(result.get(source)))
            result[source] = f"s3://{place.bucket}/{place.key}"
    return replace(outcome, text=dump_json(result))


def _locate(named: Json) -> StoredObject:
    uri = str(named["S3Uri"]) if isinstance(named, dict) else ""
    parts = _URI.fullmatch(uri)
    if parts is None:
        raise StorageFailed(f"'{uri}' is not the URI of an object: s3://bucket/key.")
    return StoredObject(parts["bucket"], parts["key"], {})


async def _read(source: StoredObject, storage: Storage) -> str:
    content = bytearray()
    async for part, _tag in storage.read(source):
        content += part
        if len(content) > MAX_RESPONSE_BYTES:
            raise StorageFailed(f"{source.uri} has more than {MAX_RESPONSE_BYTES} bytes.")
    return decode_bytes(content)


async def _encode(part: Json) -> AsyncIterator[bytes]:
    yield (part if isinstance(part, str) else dump_json(part)).encode()
