"""The failure of an execution or a call that meets a defect of this endpoint."""

from typing import Final

from stepfunctions_local.language import RUNTIME, Failure

DEFECT: Final = Failure(RUNTIME, "The local endpoint met a defect of its own: see its log.")
