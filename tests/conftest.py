"""How many examples the properties are tried with."""

from hypothesis import settings

settings.register_profile("quick", max_examples=40)
"""What `make test` has time for; no run tries the same as the one before."""

settings.register_profile("thorough", max_examples=100)
"""What Hypothesis does by itself: make test ARGS=--hypothesis-profile=thorough."""

settings.load_profile("quick")
