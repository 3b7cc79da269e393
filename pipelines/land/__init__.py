"""Flows of the land bureau: texts of boundary points, checks of parcels, papers of reviews."""
