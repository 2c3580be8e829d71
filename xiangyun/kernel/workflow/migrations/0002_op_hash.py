from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflow", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="op",
            name="request_hash",
            field=models.BinaryField(help_text="HMAC-SHA-256 of method, path and body under the box's key"),
        ),
        # Hashes without a key tell too much of what was sent; what they guarded is answered anew.
        migrations.RunSQL("DELETE FROM workflow_op;", migrations.RunSQL.noop),
    ]
