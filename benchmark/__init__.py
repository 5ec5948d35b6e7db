"""Measure SAR-optical registration: predictions, then scores, then a report."""
