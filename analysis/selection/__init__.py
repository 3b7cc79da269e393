"""Choosing among candidate projects within a budget: exact, explained, and honest about how exact."""
