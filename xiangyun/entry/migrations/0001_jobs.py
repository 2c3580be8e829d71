"""Procrastinate's tables, as its pinned version ships them; a newer version's own steps become migrations after this."""

from django.db import migrations
from procrastinate.schema import SchemaManager

# The ingest door writes jobs in the transaction that stores the records; it never runs one.
INGEST = """
GRANT SELECT, INSERT ON procrastinate_jobs TO xy_ingest;
GRANT INSERT ON procrastinate_events TO xy_ingest;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("access", "0001_roles")]

    operations = [
        migrations.RunSQL(SchemaManager.get_schema(), migrations.RunSQL.noop),
        migrations.RunSQL(INGEST, migrations.RunSQL.noop),
    ]
