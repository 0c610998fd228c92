"""Tasks that wait as rows of a table: the client's side of the protocol in task_table."""
