"""What can go wrong with a delayed task.

    DelayError
    ├── InvalidRequest          refused before any call, with what is allowed (also a ValueError)
    │   ├── InvalidDueTime      naive, past, over 364 days ahead, neither or both of `after` and `at`
    │   ├── InvalidKey          too long, forbidden characters, the form of a generation's name
    │   ├── InvalidPayload      no JSON object, NaN, an `expirydate` of its own, too deep, too large
    │   └── InvalidStateMachine not the ARN of a state machine
    ├── DuplicateKey            another task has the key: other payload, or other due time
    │   └── KeyUsedUp           a task that has ended had the key, and Step Functions keeps it for 90 days
    ├── NoSuchTask              no task has the key, or its records are older than 90 days
    ├── NoSuchStateMachine      nor such a state machine: wrong Region or account, perhaps
    ├── NoSuchStack             no such CloudFormation stack, or one that is not of this application
    ├── NoSuchQueue             no such dead-letter queue, or none is named
    ├── UnknownDeadLetter       a message in the dead-letter queue that is no failed task of the state machine
    ├── TooLate                 the function has been called already, or the task has ended otherwise
    ├── NotRedrivable           it did not fail, or that was over 14 days ago
    ├── Contended               others change the same key at the same time, again and again
    ├── StillOpen               `wait` came to its timeout (also a TimeoutError)
    └── ServiceError            AWS, or the way there
        ├── Throttled           still throttled when patience was over
        ├── OverQuota           as many open executions as the account may have
        ├── NotPermitted        an IAM action is missing, or the credentials are
        ├── Unreachable         no network, no such host, no answer
        └── Refused             anything else that AWS answers

Where AWS or botocore raised an error, it is the `__cause__`. Every message says what to do about it.
"""


class DelayError(Exception):
    """Base of the errors that this package raises."""


class InvalidRequest(DelayError, ValueError):
    """What was asked for cannot be done, by anyone, at any time. Nothing was sent."""


class InvalidDueTime(InvalidRequest):
    """The due time or delay cannot be used."""


class InvalidKey(InvalidRequest):
    """The key cannot be used."""


class InvalidPayload(InvalidRequest):
    """The payload cannot be sent."""


class InvalidStateMachine(InvalidRequest):
    """The text is not the ARN of a state machine."""


class DuplicateKey(DelayError):
    """Another task has this key. The message says how it differs."""


class KeyUsedUp(DuplicateKey):
    """A task that has ended had this key. Its name is free again 90 days after its end."""


class NoSuchTask(DelayError):
    """No task has this key. Step Functions forgets a task 90 days after its end."""


class NoSuchStateMachine(DelayError):
    """There is no such state machine where the client looks for it."""


class NoSuchStack(DelayError):
    """There is no such stack, or it has no state machine among its outputs."""


class NoSuchQueue(DelayError):
    """There is no such dead-letter queue where the client looks for it, or none is named."""


class UnknownDeadLetter(DelayError):
    """A message in the dead-letter queue tells of no task of this state machine."""


class TooLate(DelayError):
    """The task cannot be changed any more: its function has been called, or it has ended."""


class NotRedrivable(DelayError):
    """The task cannot be redriven. Source: RedriveExecution in the API Reference."""


class Contended(DelayError):
    """Others keep changing the same key. Nothing is lost; try again."""


class StillOpen(DelayError, TimeoutError):
    """The task has not ended within the timeout that `wait` was given."""


class ServiceError(DelayError):
    """AWS did not do what it was asked to do."""


class Throttled(ServiceError):
    """AWS still throttles after all retries."""


class OverQuota(ServiceError):
    """The account has as many open executions as it may have."""


class NotPermitted(ServiceError):
    """The credentials are missing, or do not permit an action. The message names it."""


class Unreachable(ServiceError):
    """AWS, or the endpoint in its place, cannot be reached or does not answer."""


class Refused(ServiceError):
    """AWS answered with an error that has no class of its own here."""
