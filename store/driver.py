"""The driver under a SQLAlchemy connection, for what only the driver can do: COPY and binary results."""

import psycopg
import sqlalchemy as sa


def driver_of(connection: sa.Connection) -> "psycopg.Connection[tuple[object, ...]]":
    """The psycopg connection that carries a SQLAlchemy connection, in the same transaction.

    Raises
    ------
    TypeError : the engine uses another driver than psycopg 3.
    """
    if not connection.in_transaction():
        connection.begin()  # else SQLAlchemy would not know that the driver's work is to be committed
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"{type(driver).__name__} is not a connection of psycopg 3")
    return driver
