from django.db import migrations, models

# Of several administrators' posts the one held longest stays; the constraint could not be made otherwise.
ONE_STAYS = """
UPDATE accounts_post p SET ends_at = greatest(now(), p.starts_at)
WHERE p.ends_at IS NULL AND p.role IN ('town_admin', 'security_admin', 'audit_admin') AND EXISTS (
    SELECT FROM accounts_post e
    WHERE e.account_id = p.account_id AND e.ends_at IS NULL
      AND e.role IN ('town_admin', 'security_admin', 'audit_admin')
      AND (e.starts_at, e.id) < (p.starts_at, p.id)
);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_upkeep")]

    operations = [
        migrations.RunSQL(ONE_STAYS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.UniqueConstraint(
                fields=("account",),
                condition=models.Q(("ends_at", None), ("role__in", ("town_admin", "security_admin", "audit_admin"))),
                name="nobody holds two administrators' posts",
            ),
        ),
    ]
