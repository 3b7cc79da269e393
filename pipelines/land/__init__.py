"""Flows of the land bureau."""
