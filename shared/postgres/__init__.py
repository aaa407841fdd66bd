"""PostgreSQL: a pool for one schema, transactions, migrations."""
