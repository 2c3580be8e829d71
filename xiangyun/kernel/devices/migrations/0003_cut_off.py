from django.db import migrations, models

# Whoever floods or forges is not among the broker's users until the house ends it.
USERS = """
CREATE OR REPLACE FUNCTION xy_door.mqtt_users()
RETURNS TABLE (key text, mqtt_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.key, d.mqtt_hash FROM public.devices_device d
      LEFT JOIN public.devices_presence p ON p.device_id = d.id
     WHERE d.state <> 'revoked' AND p.cut_at IS NULL
$$;
"""
USERS_BEFORE = """
CREATE OR REPLACE FUNCTION xy_door.mqtt_users()
RETURNS TABLE (key text, mqtt_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT key, mqtt_hash FROM public.devices_device WHERE state <> 'revoked'
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0002_device_note")]

    operations = [
        migrations.AddField(
            model_name="presence",
            name="cut_at",
            field=models.DateTimeField(null=True, help_text="since when a door does not listen to it; empty: it does"),
        ),
        migrations.AddField(
            model_name="presence",
            name="cut_reason",
            field=models.TextField(
                blank=True, default="", db_default="", help_text="`telemetry.cut_<code>` in the words catalogues"
            ),
        ),
        migrations.AddField(
            model_name="presence",
            name="cut_noted_at",
            field=models.DateTimeField(null=True, help_text="when the latest cut was last written into the audit"),
        ),
        migrations.RunSQL(USERS, USERS_BEFORE),
    ]
