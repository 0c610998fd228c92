"""Errors of the local endpoints, apart from those that AWS's APIs return.

    StepFunctionsLocalError
    ├── JournalDamaged       the records cannot be trusted, so they are neither read nor written
    ├── JournalStopped       the records were removed or refuse a change for good, or the engine met a defect
    ├── PortTaken            another process listens on an endpoint's port
    ├── SettingError         an option, environment variable or line of env.txt has an unusable value
    ├── SkipRefused          the clock cannot be skipped to the requested time
    └── TemplateError        a built template is missing, stale, or has a value that cannot be resolved here

Every message says what was given and what to do about it: the commands print it as it is.
"""


class StepFunctionsLocalError(Exception):
    """Base of the errors that this package raises for a person to read."""


class JournalDamaged(StepFunctionsLocalError):
    """The records are damaged, or belong to another program or version."""


class JournalStopped(StepFunctionsLocalError):
    """The records can no longer be written, or the engine met a defect: the endpoint stops."""


class PortTaken(StepFunctionsLocalError):
    """Another process listens on the endpoint's port."""


class SettingError(StepFunctionsLocalError):
    """A setting has an unusable value."""


class SkipRefused(StepFunctionsLocalError):
    """The clock cannot be skipped backwards, by nothing, too far, or to an invalid time."""


class TemplateError(StepFunctionsLocalError):
    """The built SAM template cannot be served."""
