from django.db import migrations

# What the application's roles get of everything the owner makes from here on. Nothing is open to everybody:
# functions lose PostgreSQL's built-in EXECUTE for PUBLIC; `xy_door` holds the few look-ups that run as the
# owner before anybody is known.
GRANTS = """
GRANT USAGE ON SCHEMA public TO xy_app, xy_ingest;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO xy_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO xy_app, xy_ingest;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO xy_app, xy_ingest;
CREATE SCHEMA xy_door;
GRANT USAGE ON SCHEMA xy_door TO xy_app, xy_ingest;
ALTER DEFAULT PRIVILEGES IN SCHEMA xy_door GRANT EXECUTE ON FUNCTIONS TO xy_app;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies: list[tuple[str, str]] = []

    operations = [migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
