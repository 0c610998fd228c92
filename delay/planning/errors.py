"""The errors of a plan.

PlanningError
├── EmptyTrace         the file has no readable line
├── HardQuota          a value is given for a quota that AWS does not raise
├── IncompleteVolume   too few or too many of rate, delay and number waiting are given
├── UnknownQuota       a value is given for a quota that does not exist
└── UnknownRegion      the text does not have the form of a Region's name
"""


class PlanningError(Exception):
    """Base of the errors of this package."""


class EmptyTrace(PlanningError):
    """The file has no readable line."""


class HardQuota(PlanningError):
    """AWS does not raise this quota."""


class IncompleteVolume(PlanningError):
    """Too few or too many of rate, delay and number waiting are given."""


class UnknownQuota(PlanningError):
    """No quota has this name. The message lists the names that exist."""


class UnknownRegion(PlanningError):
    """The text does not have the form of a Region's name."""
