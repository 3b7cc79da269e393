"""What can go wrong with the database, in sentences."""

from base.errors import XiangtuError


class StoreError(XiangtuError):
    """Base of the errors of this package."""


class PostgresMissing(StoreError):
    """No PostgreSQL server program with PostGIS is installed."""

    key = "store.postgres_missing"


class ClusterFailed(StoreError):
    """A program of the embedded cluster ended with an error."""

    key = "store.cluster_failed"


class ClusterOfOtherVersion(StoreError):
    """The cluster was made by a PostgreSQL that is not installed any more."""

    key = "doctor.cluster_version"


class BadDatabaseUrl(StoreError):
    """The setting that names the database server cannot be understood."""

    key = "doctor.database_url_bad"


class NoUnprivilegedUser(StoreError):
    """Root asked for a cluster, but there is no user to run it as."""

    key = "store.no_unprivileged_user"


class DatabaseAway(StoreError):
    """The database does not answer."""

    key = "store.database_away"


class PostgisMissing(StoreError):
    """The server answers but has no PostGIS."""

    key = "store.postgis_missing"


class SchemaTooNew(StoreError):
    """The database was migrated by a newer Xiangtu."""

    key = "store.schema_too_new"


class UnknownPlace(StoreError):
    """No administrative unit has that code."""

    key = "store.unknown_place"


class SignInRefused(StoreError):
    """Name and password do not go together, whichever of them is wrong."""

    key = "store.sign_in_refused"


class SignInWaits(StoreError):
    """Too many wrong guesses."""

    key = "store.sign_in_waits"


class BadAccountName(StoreError):
    """A name that an account cannot have."""

    key = "store.bad_account_name"


class AccountKnown(StoreError):
    """An account of that name is there."""

    key = "store.account_known"


class UnknownAccount(StoreError):
    """No account has that name."""

    key = "store.unknown_account"


class BadScope(StoreError):
    """A role at a place that makes no sense."""

    key = "store.bad_scope"


class LastAdmin(StoreError):
    """The last administrator cannot be taken away."""

    key = "store.last_admin"


class OwnRoles(StoreError):
    """Nobody gives roles to themselves."""

    key = "store.own_roles"


class NotAllowed(StoreError):
    """The person's roles do not go so far."""

    key = "store.not_allowed"


class RecordChanged(StoreError):
    """Somebody saved the record since it was read; `now` is what is there."""

    key = "store.record_changed"

    def __init__(self, now: object) -> None:
        self.now = now
        super().__init__()


class ReasonNeeded(StoreError):
    """Personal data are shown for a reason only."""

    key = "store.reason_needed"


class DemoAppoints(StoreError):
    """The demo's administrator cannot appoint one in earnest."""

    key = "store.demo_appoints"
