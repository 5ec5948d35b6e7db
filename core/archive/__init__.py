"""Archives: thousands of pairs, each registered once, whatever is killed meanwhile."""
