"""Delayed tasks as rows of a table: the rows, their changes, and the participants that send and call them.

The client and the functions share this package. docs/why/table.md describes it.
"""
