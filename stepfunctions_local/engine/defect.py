"""The cause of a failure that is this endpoint's own fault."""

DEFECT = "The local endpoint met a defect of its own: see its log."
