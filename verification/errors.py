"""What can keep a deployment from being proved.

VerificationError
├── CommandFailed      a command ended otherwise than it should
├── NotAsExpected      all went well, and yet the outcome is another
├── LocalAwsFailed     the local AWS did not start
├── FolderTaken        another run writes to the folder
├── NoRegion           nobody says in which Region of AWS
├── StackExists        the stack that is to be deployed, and deleted, is there already
├── OtherAccount       commands would act in another account than the one that was named
└── NotDeleted         the stack is still there at the end
"""


class VerificationError(Exception):
    """Base of what this package raises."""


class CommandFailed(VerificationError):
    """A command ended with another code than it should. The message has the end of what it wrote."""


class NotAsExpected(VerificationError):
    """What a step has come to is not what it should come to."""


class LocalAwsFailed(VerificationError):
    """The local AWS, or stepfunctions-local beside it, did not start or does not answer."""


class FolderTaken(VerificationError):
    """Another run writes to the same folder."""


class NoRegion(VerificationError):
    """No Region is named, neither by an option nor in the environment nor in the profile."""


class StackExists(VerificationError):
    """The stack is there already. It would be changed, and deleted at the end."""


class OtherAccount(VerificationError):
    """What commands do they would do in another account than the one that was named and looked at."""


class NotDeleted(VerificationError):
    """The stack is still there. The message says how to delete it, and what went wrong before."""
