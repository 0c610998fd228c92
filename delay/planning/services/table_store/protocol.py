"""The numbers of the table store on which its bill depends: those of `task_table`, and assumed times.

This package does not import `task_table`: tests compare the two. The functions' seconds are assumed: they
have not been measured on AWS.
"""

from typing import Final

from delay.planning.workload import DAY_SECONDS

SLOT_SECONDS: Final = 60
SHARDS: Final = 4
SWEEPS: Final = 3
PASSES: Final = 1 + 1 + (SWEEPS - 1) * 0.5
"""The strong reads of a slot: by the drain, by the last sweep, and by the other sweeps at half the price."""
LOOK_AHEAD_SECONDS: Final = 600
HORIZON_SECONDS: Final = LOOK_AHEAD_SECONDS + 120
"""A client itself sends the message of a task due within this time."""

INLINE_BYTES: Final = 4_096
"""A larger payload stays in its slot row, and the message has its address."""

KEEP_SECONDS: Final = 7 * DAY_SECONDS
"""The default of the parameter TableKeepDays: a row is kept this long after its task ended."""
SLOT_MARGIN_SECONDS: Final = 30 * DAY_SECONDS
"""A slot row is kept this much longer, in case the drain stands still."""

MEMORY_GB: Final = 0.25
REQUEST_SECONDS: Final = 0.01
"""The time of a call to SQS or DynamoDB within a function."""
TICK_SECONDS: Final = (SHARDS + 2) * REQUEST_SECONDS
"""The time of a pass of the drain or of a sweep that finds nothing: its cursor is read and written."""
CALL_SECONDS: Final = 2 * REQUEST_SECONDS
"""The time of a task's claim and of the mark of its end."""
ROWS_OF_A_READ: Final = 100
"""The rows that the sweep reads by one BatchGetItem."""
CURSORS_READ: Final = 1 + 1 + SWEEPS
"""By a tick of the drain, which reads its cursor, and one of the sweep, which reads that one and its own."""
