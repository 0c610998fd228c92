"""The errors of a file as a whole. An error in one line is reported, and the import continues.

FileError
├── TaskFileUnusable
├── ReportUnusable
└── ReportInUse
"""

from delay.errors import DelayError


class FileError(DelayError):
    """The base class. The message names the file, what is wrong with it, and what to do."""


class TaskFileUnusable(FileError):
    """The file cannot be read as tasks: it is missing, a directory, not text, or in an unknown format."""


class ReportUnusable(FileError):
    """The report of an import cannot be read or written, or is about another import."""


class ReportInUse(FileError):
    """Another import is writing to the report."""
