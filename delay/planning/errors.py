"""What can go wrong with a plan.

PlanningError
├── EmptyTrace         the file has no line that could be used
├── HardQuota          a value was given for a quota that AWS raises for nobody
├── IncompleteVolume   too little was said of how much there is, or too much
├── UnknownQuota       no quota has the name that a value was given for
└── UnknownRegion      no name of a Region at all
"""


class PlanningError(Exception):
    """Base of the errors of this package."""


class HardQuota(PlanningError):
    """AWS raises this quota for nobody."""


class IncompleteVolume(PlanningError):
    """The rate, the delay or the number waiting does not follow from what was said, or contradicts it."""


class UnknownQuota(PlanningError):
    """There is no quota of this name. The message lists those that there are."""


class UnknownRegion(PlanningError):
    """The text does not have the form of a Region's name."""


class EmptyTrace(PlanningError):
    """Not one task was found in a file."""
