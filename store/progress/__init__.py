"""The project library followed: states, milestones, reports, checks, photos."""
