"""The land bureau's flows: checks of parcels against what limits them, files in and out, farmland watch."""
