"""The types of state, one file each. A new type is a new file and a line here."""

from typing import Final

from stepfunctions_local.language.state import State
from stepfunctions_local.language.states.choice import Choice
from stepfunctions_local.language.states.fail import Fail
from stepfunctions_local.language.states.map import Map
from stepfunctions_local.language.states.parallel import Parallel
from stepfunctions_local.language.states.pass_ import Pass
from stepfunctions_local.language.states.succeed import Succeed
from stepfunctions_local.language.states.task import Task
from stepfunctions_local.language.states.wait import Wait

STATE_TYPES: Final[dict[str, type[State]]] = {
    state_type.type_name: state_type
    for state_type in (Choice, Fail, Map, Parallel, Pass, Succeed, Task, Wait)
}
