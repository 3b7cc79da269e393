"""What the land bureau keeps: the ledger of quotas, checks and reviews of parcels, consolidation, farmland."""
