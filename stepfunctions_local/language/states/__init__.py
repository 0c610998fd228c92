"""The types of state, one file each: importing this package registers them all in `State.types`."""

from stepfunctions_local.language.states.choice import Choice
from stepfunctions_local.language.states.fail import Fail
from stepfunctions_local.language.states.map import Map
from stepfunctions_local.language.states.parallel import Parallel
from stepfunctions_local.language.states.pass_ import Pass
from stepfunctions_local.language.states.succeed import Succeed
from stepfunctions_local.language.states.task import Task
from stepfunctions_local.language.states.wait import Wait

__all__ = ["Choice", "Fail", "Map", "Parallel", "Pass", "Succeed", "Task", "Wait"]
