"""Row-level security as migration operations: the second line behind `visible_to`.

The form is the one that costs least here (two range comparisons against an init plan); a scope that
is not set, or set to nothing, shows no row at all.
"""

from __future__ import annotations

from django.db.migrations import RunSQL

SCOPE = "(SELECT nullif(current_setting('xy.scope', true), ''))"


def policy_sql(table: str, column: str = "area_path") -> str:
    """The statements that lock one table (or partition) to the scope."""
    inside = f"{column} >= {SCOPE} AND {column} < (SELECT nullif(current_setting('xy.scope', true), '') || '/')"
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
        f"CREATE POLICY in_scope ON {table} USING ({inside}) WITH CHECK ({inside});"
    )


def scoped(table: str, column: str = "area_path") -> RunSQL:
    """Lock a table to the scope."""
    return RunSQL(
        policy_sql(table, column),
        f"DROP POLICY in_scope ON {table}; ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;"
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
    )


def grants_ingest(table: str, rights: str) -> RunSQL:
    """Give the ingest role what it needs of a table, and nothing else."""
    return RunSQL(f"GRANT {rights} ON {table} TO xy_ingest;", f"REVOKE ALL ON {table} FROM xy_ingest;")


def insert_only(table: str) -> RunSQL:
    """Take from the application what would change or remove a row once written."""
    return RunSQL(
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM xy_app, xy_ingest;",
        f"GRANT UPDATE, DELETE ON {table} TO xy_app;",
    )
