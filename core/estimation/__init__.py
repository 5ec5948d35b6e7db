"""From matches to a judged transform."""
