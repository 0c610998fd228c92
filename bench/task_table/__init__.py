"""The bill and the rates of tasks that wait in a table."""
