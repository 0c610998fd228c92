"""The errors that this package raises.

    DelayError
    ├── InvalidRequest          refused before any call; the message says what is allowed (also a ValueError)
    │   ├── InvalidArn          not the ARN of a service that tasks can wait in
    │   │   ├── InvalidStateMachine  not the ARN of a state machine
    │   │   └── InvalidTable         not the ARN of a table
    │   ├── InvalidDueTime      naive, past, too far ahead, neither or both of `after` and `at`
    │   ├── InvalidKey          too long, forbidden characters, the form of a generation's name
    │   └── InvalidPayload      not a JSON object, NaN, a member `expirydate`, too deep, too large
    ├── DuplicateKey            another task has the key: its payload or due time differs
    │   └── KeyUsedUp           that task has ended, and its key is kept: 90 days by Step Functions
    ├── NoSuchTask              no task has the key, or the store has forgotten it
    ├── NoSuchStore             the place where tasks wait does not exist; perhaps the wrong Region or account
    │   ├── NoSuchStateMachine  no such state machine
    │   └── NoSuchTable         no such table, none of this application, or its drain has never run
    ├── NoSuchStack             no such CloudFormation stack, or not one of this application
    ├── NoSuchQueue             no such dead-letter queue, or none was given
    ├── UnknownDeadLetter       a message in the dead-letter queue is about no task of this store
    ├── TooLate                 the function has been called, or the task has ended otherwise
    ├── NotRedrivable           the task did not fail, or failed over 14 days ago
    ├── Contended               other clients kept changing the same key at the same time
    ├── StillOpen               `wait` timed out (also a TimeoutError)
    └── ServiceError            AWS failed, refused, or could not be reached
        ├── Throttled           still throttled after `patience`
        ├── OverQuota           the account has as many open executions as it may have
        ├── NotPermitted        an IAM action or the credentials are missing
        ├── Unreachable         no network, no such host, no answer
        └── Refused             any other error from AWS

An error of AWS or botocore is the `__cause__`. Every message says what to do.
"""


class DelayError(Exception):
    """The base class of the errors that this package raises."""


class InvalidRequest(DelayError, ValueError):
    """The request is invalid. Nothing was sent."""


class InvalidArn(InvalidRequest):
    """The text is not the ARN of a service that tasks can wait in."""


class InvalidStateMachine(InvalidArn):
    """The text is not the ARN of a state machine."""


class InvalidDueTime(InvalidRequest):
    """The due time or delay is invalid."""


class InvalidKey(InvalidRequest):
    """The key is invalid."""


class InvalidPayload(InvalidRequest):
    """The payload is invalid."""


class InvalidTable(InvalidArn):
    """The text is not the ARN of a table."""


class DuplicateKey(DelayError):
    """Another task has this key. The message says how the two differ."""


class KeyUsedUp(DuplicateKey):
    """An ended task had this key. It is free again 90 days after that, or after a table's `keep`."""


class NoSuchTask(DelayError):
    """No task has this key. Step Functions forgets a task 90 days after its end, a table after its `keep`."""


class NoSuchStore(DelayError):
    """The place where tasks wait does not exist in the client's account and Region."""


class NoSuchStateMachine(NoSuchStore):
    """There is no such state machine in the client's account and Region."""


class NoSuchTable(NoSuchStore):
    """There is no such table in the account and Region, it is another's, or its drain has never run."""


class NoSuchStack(DelayError):
    """There is no such stack, or its outputs name no state machine."""


class NoSuchQueue(DelayError):
    """There is no such dead-letter queue in the client's account and Region, or none was given."""


class UnknownDeadLetter(DelayError):
    """A message in the dead-letter queue is about no task of this store."""


class TooLate(DelayError):
    """The task can no longer be changed: its function has been called, or it has ended."""


class NotRedrivable(DelayError):
    """The task cannot be redriven. Source: RedriveExecution in the API Reference."""


class Contended(DelayError):
    """Other clients keep changing the same key. Nothing is lost; try again."""


class StillOpen(DelayError, TimeoutError):
    """The task did not end within the timeout of `wait`."""


class ServiceError(DelayError):
    """A call to AWS failed."""


class Throttled(ServiceError):
    """The call was still throttled after all retries."""


class OverQuota(ServiceError):
    """The account has as many open executions as it may have."""


class NotPermitted(ServiceError):
    """The credentials are missing, or do not permit an action that the message names."""


class Unreachable(ServiceError):
    """AWS, or the endpoint used in its place, cannot be reached or does not answer."""


class Refused(ServiceError):
    """AWS returned an error that has no class of its own here."""
