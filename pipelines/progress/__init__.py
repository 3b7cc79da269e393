"""Flows of the project library and its monthly reports: sheets in and out, measures, the demo's."""
