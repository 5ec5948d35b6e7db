"""Types, errors, the job, feedback, grids, files: what all other wings stand on."""
