import django.db.models.deletion
from django.db import migrations, models

import xiangyun.base.fields
from xiangyun.kernel.access.policies import scoped


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Field",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField(help_text="the village")),
                ("code", models.TextField(help_text="local, unique in the village: B001")),
                ("size_mu", models.FloatField()),
                ("lon", models.FloatField(help_text="WGS-84 degrees, its middle")),
                ("lat", models.FloatField()),
                ("is_schematic", models.BooleanField(default=False, help_text="drawn by us, not surveyed")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("area_path"), models.F("code"), name="a code names one field of a village"
                    ),
                    models.CheckConstraint(condition=models.Q(("size_mu__gt", 0)), name="a field has a size"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("rule", models.TextField()),
                ("agronomist_name", models.TextField(help_text="as it stands under the tip")),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("note", models.TextField(blank=True)),
                (
                    "agronomist",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(models.F("area_path"), models.F("rule"), name="agriculture_approval_place")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("valid_until__gt", models.F("valid_from"))),
                        name="an approval ends after it begins",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Forecast",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("source", models.TextField(help_text="who said it, as it is shown: 市气象台")),
                ("issued_at", models.DateTimeField()),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("rain_mm", models.FloatField(null=True)),
                ("temp_min_c", models.FloatField(null=True)),
                ("temp_max_c", models.FloatField(null=True)),
                (
                    "wind_ms",
                    models.FloatField(help_text="mean wind, or the gust where the station gives one", null=True),
                ),
                ("entered_at", models.DateTimeField()),
                ("entered_how", models.TextField(default="hand", help_text="hand or file")),
                ("withdrawn_at", models.DateTimeField(help_text="typed wrong, or the station took it back", null=True)),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(models.F("area_path"), models.F("ends_at"), name="agriculture_forecast_place")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("area_path"),
                        models.F("source"),
                        models.F("issued_at"),
                        models.F("starts_at"),
                        condition=models.Q(("withdrawn_at", None)),
                        name="a station says a thing once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="a forecast ends after it starts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rain_mm", None), ("rain_mm__gte", 0), _connector="OR"),
                        name="rain is not negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("entered_how__in", ("hand", "file"))), name="entered by hand or file"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Planting",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField(help_text="the village")),
                ("crop", models.TextField()),
                ("variety", models.TextField(blank=True)),
                ("size_mu", models.FloatField()),
                ("sown_on", models.DateField()),
                ("heading_on", models.DateField(null=True)),
                ("ripe_on", models.DateField(null=True)),
                ("is_estimated", models.BooleanField(default=False)),
                ("entered_at", models.DateTimeField()),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "field",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agriculture.field",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(models.F("area_path"), models.F("crop"), name="agriculture_planting_place")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("field"),
                        models.F("crop"),
                        models.F("sown_on"),
                        name="a crop is sown once a day on a field",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("crop__in", ["spring_wheat", "maize", "sunflower", "vegetable"])),
                        name="the crop is known",
                    ),
                    models.CheckConstraint(condition=models.Q(("size_mu__gt", 0)), name="a planting has a size"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("heading_on", None), ("ripe_on", None)),
                            models.Q(("heading_on__gte", models.F("sown_on")), ("ripe_on__gt", models.F("heading_on"))),
                            _connector="OR",
                        ),
                        name="sowing heading and ripeness follow one another",
                    ),
                ],
            },
        ),
        scoped("agriculture_field"),
        scoped("agriculture_planting"),
        scoped("agriculture_forecast"),
        scoped("agriculture_approval"),
    ]
