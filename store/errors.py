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
