"""What is said to a person: sentences about results, terms of choices, tips."""
