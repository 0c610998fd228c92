"""The Amazon States Language: parse, validate, evaluate. Pure: no I/O, no clock, no HTTP."""
