"""Errors of the rehearsal and of the verification.

VerificationError
├── CommandFailed      a command ended with an unexpected exit code
├── NotAsExpected      no command failed, but the outcome is wrong
├── LocalAwsFailed     the local AWS did not start
├── FolderTaken        another run uses the folder, or it has other files
├── NoRegion           no Region of AWS is set
├── StackExists        the stack to be deployed, and deleted, exists already
├── Protected          a table is protected from deletion
├── OtherAccount       commands would act in another account than the named one
└── NotDeleted         the stack still exists at the end
"""


class VerificationError(Exception):
    """Base class of this package's errors."""


class CommandFailed(VerificationError):
    """A command ended with an unexpected exit code. The message has the end of its output."""


class NotAsExpected(VerificationError):
    """A step had another outcome than it should."""


class LocalAwsFailed(VerificationError):
    """The local AWS, or stepfunctions-local beside it, did not start or does not answer."""


class FolderTaken(VerificationError):
    """Another run uses the folder, or it has files that no run has written."""


class NoRegion(VerificationError):
    """No Region is set by an option, the environment or the profile."""


class StackExists(VerificationError):
    """The stack exists already. It would be changed, and deleted at the end."""


class Protected(VerificationError):
    """A table of the stack is protected from deletion, so the stack is left alone as well."""


class OtherAccount(VerificationError):
    """Commands would act in another account than the one shown to the caller."""


class NotDeleted(VerificationError):
    """The stack still exists. The message says how to delete it, and names any earlier failure."""
