"""The ``soma`` command."""
