"""TestState: runs one state on its own, with a mocked result or error, and shows the data on the way.

Pure, except for a Task without a mock: its call is handed out, and its outcome is handed back.
"""
