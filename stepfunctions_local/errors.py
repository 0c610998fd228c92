"""What can go wrong on this machine, apart from the errors that AWS's APIs answer with.

    StepFunctionsLocalError
    ├── JournalDamaged       records that cannot be trusted, so that nothing is read from them or written
    ├── PortTaken            another process listens where an endpoint should
    ├── SettingError         an option, an environment variable or a line of env.txt that cannot be used
    ├── SkipRefused          a time that the clock cannot be skipped to
    └── TemplateError        a built template that is missing, stale, or says what cannot be resolved here

Every message says what was given and what to do about it: the commands print it as it is.
"""


class StepFunctionsLocalError(Exception):
    """Base of the errors that this package raises for a person to read."""


class JournalDamaged(StepFunctionsLocalError):
    """The records are damaged, another program's, or of another version."""


class PortTaken(StepFunctionsLocalError):
    """The port an endpoint was told to listen on belongs to somebody else."""


class SettingError(StepFunctionsLocalError):
    """A setting has a value that cannot be used."""


class SkipRefused(StepFunctionsLocalError):
    """The clock cannot be skipped so: backwards, by nothing, too far, or to what is no time."""


class TemplateError(StepFunctionsLocalError):
    """The built SAM template cannot be served."""
