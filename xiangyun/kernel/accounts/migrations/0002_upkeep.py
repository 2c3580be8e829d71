from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        # What is over and was kept long enough goes (`actions/upkeep.py`).
        migrations.RunSQL(
            "GRANT DELETE ON accounts_onetimelink, accounts_loginattempt TO xy_app;",
            "REVOKE DELETE ON accounts_onetimelink, accounts_loginattempt FROM xy_app;",
        ),
    ]
