"""Acceptances of consolidation projects; changes of farmland."""

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
