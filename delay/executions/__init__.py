"""Tasks as Step Functions executions: schedule, find, change and list them."""
