"""Which failures of PostgreSQL pass by themselves, so that the same work can be tried again."""

import asyncpg

_TRANSIENT = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    # After a failover or a restore: a standby that isn't promoted yet, a database or a password not there yet.
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.PostgresSystemError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


def is_transient(error: BaseException) -> bool:
    """True where the database or the way to it is at fault, not the work."""
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)
    return isinstance(error, _TRANSIENT)
