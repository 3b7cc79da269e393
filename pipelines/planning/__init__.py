"""From gaps to plans: candidates, problems, choices."""
