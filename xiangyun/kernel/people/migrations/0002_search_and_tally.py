from django.db import migrations, models

import xiangyun.base.fields
from xiangyun.kernel.access import policies

# An index on arrays is not used behind a policy (`&&` may leak what it compares), so the look-up by name runs as the
# owner, applies the transaction's scope itself, and gives back ids alone: what is shown of them is read behind the
# policy again. `keys` are keyed digests of one town; `ranks` say how good a hit each is; `roots` are the places of the
# caller's posts, a grid among them holds those whose home lies in it.
PEOPLE_BY_NAME = """
CREATE FUNCTION xy_door.people_by_name(keys bigint[], ranks integer[], roots text[], most integer)
RETURNS TABLE (resident_id uuid, rank integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    scope text := nullif(current_setting('xy.scope', true), '');
    grids text[] := array(SELECT root FROM unnest(roots) AS root WHERE root ~ '\\.g[0-9]+$');
    seen uuid[] := '{}';
    asked bigint[];
    found uuid[];
BEGIN
    IF scope IS NULL THEN
        RETURN;
    END IF;
    most := least(most, 200);
    FOR rank IN SELECT DISTINCT each FROM unnest(ranks) AS each ORDER BY each LOOP
        asked := array(SELECT t.key FROM unnest(keys, ranks) AS t(key, r) WHERE t.r = rank);
        -- The index answers alone, before anything else is asked of a row.
        WITH hits AS MATERIALIZED (
            SELECT p.id, p.area_path, p.sort_key, p.died_on
              FROM public.people_resident p
             WHERE p.name_keys && asked AND p.merged_into_id IS NULL
        ), homes AS (
            SELECT m.resident_id
              FROM unnest(grids) AS grid
              JOIN public.people_household h
                ON h.grid_path >= grid COLLATE "C" AND h.grid_path < (grid || '/') COLLATE "C" AND h.grid_path <> ''
              JOIN public.people_membership m ON m.household_id = h.id
        )
        SELECT array_agg(kept.id) INTO found FROM (
            SELECT h.id FROM hits h
             WHERE h.area_path >= scope AND h.area_path < scope || '/'
               AND (EXISTS (SELECT FROM unnest(roots) AS root
                             WHERE h.area_path >= root COLLATE "C" AND h.area_path < (root || '/') COLLATE "C")
                    OR (grids <> '{}' AND h.id IN (SELECT homes.resident_id FROM homes)))
               AND h.id <> ALL (seen)
             ORDER BY h.died_on IS NOT NULL, h.sort_key, h.id
             LIMIT most - cardinality(seen)
        ) AS kept;
        RETURN QUERY SELECT each, rank FROM unnest(found) AS each;
        seen := seen || coalesce(found, '{}');
        EXIT WHEN cardinality(seen) >= most;
    END LOOP;
END $$;
"""
DROP_PEOPLE_BY_NAME = "DROP FUNCTION xy_door.people_by_name(bigint[], integer[], text[], integer);"

COUNTED = ("household", "resident", "membership", "plot", "mark")

RECOUNT = """
CREATE FUNCTION people_count_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO public.people_recount (area_path, at)
        SELECT area_path, now() FROM written UNION SELECT area_path, now() FROM former;
    ELSE
        INSERT INTO public.people_recount (area_path, at) SELECT DISTINCT area_path, now() FROM written;
    END IF;
    RETURN NULL;
END $$;
"""
TRIGGERS = "".join(
    f"CREATE TRIGGER count_anew_{verb} AFTER {verb} ON people_{table} REFERENCING {tables}"
    " FOR EACH STATEMENT EXECUTE FUNCTION people_count_anew();\n"
    for table in COUNTED
    for verb, tables in (
        ("insert", "NEW TABLE AS written"),
        ("update", "NEW TABLE AS written OLD TABLE AS former"),
        ("delete", "OLD TABLE AS written"),
    )
)
DROP_TRIGGERS = "".join(
    f"DROP TRIGGER count_anew_{verb} ON people_{table};\n"
    for table in COUNTED
    for verb in ("insert", "update", "delete")
)


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Recount",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField(help_text="the village")),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveIndex(model_name="tally", name="people_tally_stale"),
        migrations.RemoveField(model_name="tally", name="stale_since"),
        migrations.AlterField(
            model_name="tally",
            name="counts",
            field=models.JSONField(help_text="name → number, as `rules.counting` names them"),
        ),
        migrations.AddIndex(
            model_name="recount",
            index=models.Index(fields=["area_path"], name="people_recount_area"),
        ),
        policies.scoped("people_recount"),
        migrations.RunSQL(PEOPLE_BY_NAME, DROP_PEOPLE_BY_NAME),
        migrations.RunSQL(RECOUNT, "DROP FUNCTION people_count_anew();"),
        migrations.RunSQL(TRIGGERS, DROP_TRIGGERS),
    ]
