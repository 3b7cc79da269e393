"""What planners make: unit costs, candidate projects, scenarios, the project library."""
