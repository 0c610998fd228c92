"""Tasks that wait as Step Functions executions: how they are scheduled, found, changed and listed."""
