"""What can be wrong with a file as a whole; what is wrong with one line is told, and the rest goes on.

FileError
├── TaskFileUnusable
├── ReportUnusable
└── ReportInUse
"""

from delay.errors import DelayError


class FileError(DelayError):
    """The base; the message says which file, what is wrong with it, and what to do."""


class TaskFileUnusable(FileError):
    """No task can be read from it: it is not there, a directory, not text, or of no form that is known."""


class ReportUnusable(FileError):
    """The report of an import cannot be read or written, or is about another import."""


class ReportInUse(FileError):
    """Another import writes to the report."""
