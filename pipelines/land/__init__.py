"""Flows of the land bureau: plan figures into the ledger, checks and files of parcels, savings, farmland watch."""
