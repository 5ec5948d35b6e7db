"""The worker process: requests, click windows, control points."""
