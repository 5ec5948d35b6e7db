"""The dock: the form of a run, its result, and the tabs beside it."""
