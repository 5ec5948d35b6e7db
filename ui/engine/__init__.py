"""The engine as the plugin sees it: its process, its set-up, what failed."""
