"""JSONata: how expressions in `{% %}` are read, bounded and evaluated.

The language itself is the library jsonata-python. It takes a while to import, so only `interpreter` and what
is beneath it import it, and those are imported by the first expression.
"""
