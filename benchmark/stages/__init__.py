"""From predictions to what is shown: run, score, report, publish."""
