"""Helpers of all windows: widgets, language, settings, timers; they know no layer."""
