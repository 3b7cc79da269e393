"""The land bureau's rooms: ledger of quota, checks and reviews of parcels, consolidation, farmland."""
