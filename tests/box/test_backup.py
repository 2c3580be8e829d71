"""A real database backed up while it is written to, restored elsewhere, and held against what it was."""

import dataclasses
import io
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from tests.live_box import until
from xiangyun.box import postgres
from xiangyun.box.backup import bundles, make, manifest, notes, proof, restore, sealed, shipper, site, targets, wal
from xiangyun.box.backup.site import Site
from xiangyun.entry.settings.config import Config, Unfit

TABLES = """
CREATE TABLE resident (
    id int PRIMARY KEY, name text, born_on date, weight float8, more jsonb, sealed bytea, at timestamptz
);
CREATE TABLE reading (area text, ts int, value float4) PARTITION BY LIST (area);
CREATE TABLE reading_a PARTITION OF reading FOR VALUES IN ('a');
CREATE TABLE reading_b PARTITION OF reading FOR VALUES IN ('b');
INSERT INTO resident SELECT n, '居民' || n, '1960-01-01'::date + n, n / 7.0, '{"k": 1}', sha256('x'), now()
FROM generate_series(1, 5000) n;
INSERT INTO reading SELECT CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END, n, n / 3.0 FROM generate_series(1, 5000) n
"""


@pytest.fixture
def town(tmp_path_factory) -> Iterator[Site]:
    """A database with rows in it, a file, and a target on another disk."""
    home, disk = tmp_path_factory.mktemp("b"), tmp_path_factory.mktemp("disk")
    config = Config.load({"XIANGYUN_HOME": str(home), "XIANGYUN_BACKUP": str(disk)})
    with postgres.running(config):
        with ledger(config) as link:
            link.execute(TABLES)
        (config.files / "ab").mkdir()
        (config.files / "ab" / "photo").write_bytes(b"sealed photo")
        (config.home / "xiangyun.toml").write_text('host = "town.example"\n', encoding="utf-8")
        config.secret("django")
        yield site.of(config)


def ledger(config: Config) -> psycopg.Connection[tuple[object, ...]]:
    return postgres.superuser(config, postgres.DATABASE)


def shipped(here: Site) -> wal.Chain:
    """Everything flushed until now on the target."""
    with postgres.superuser(here.config) as link:
        until = wal.flushed(link)
        bundles.sync(here.config, here.target, here.id, here.to)
        chain = wal.current(here.config, link, here.id)
        return wal.ship(here.config, link, here.target, chain, here.to, until)


def made(here: Site, at: datetime | None = None) -> manifest.Manifest:
    return make.backup(here, at=at or datetime.now(UTC))


def folder_of(here: Site) -> Path:
    return Path(here.config.backup)


def empty_home(tmp_path: Path, name: str = "n") -> Config:
    return Config.load({"XIANGYUN_HOME": str(tmp_path / name)})


def resealed(here: Site, told: manifest.Manifest, **changes: object) -> None:
    manifest.write(here.target, dataclasses.replace(told, **changes), here.to)  # type: ignore[arg-type]


def test_a_town_comes_back_with_every_row_file_and_word(town, tmp_path):
    shipped(town)
    told = made(town)
    with ledger(town.config) as link:
        link.execute("INSERT INTO resident (id, name) VALUES (9001, '后来')")
    (town.config.files / "later").write_bytes(b"later")
    shipped(town)
    config = empty_home(tmp_path)
    done = restore.restore(config, town.config.backup, town.secret)
    assert (done.told.id, done.tables) == (told.id, 3)
    assert config.recovery_secret() == town.secret
    assert config.secret("django") == town.config.secret("django")
    assert (config.home / "xiangyun.toml").read_text("utf-8") == 'host = "town.example"\n'
    assert ((config.files / "ab" / "photo").read_bytes(), (config.files / "later").read_bytes()) == (
        b"sealed photo",
        b"later",
    )
    with ledger(town.config) as link:
        proof.ready(link)
        now = proof.hashes(link)
    with postgres.running(config), ledger(config) as link:
        proof.ready(link)
        assert proof.hashes(link) == now
        assert link.execute("SELECT name FROM public.resident WHERE id = 9001").fetchone() == ("后来",)
        psycopg.connect(config.conninfo("xy_app")).close()
    assert now != told.tables


def test_the_passwords_of_roles_and_the_recovery_secret_are_in_no_backup(town):
    told = made(town)
    with (
        town.target.open(told.parts["house"].name) as raw,
        sealed.opened(raw, town.by, told.parts["house"].name) as plain,
    ):
        names = dict(bundles.unpack_tar(plain, None, None))
    assert set(names) == {"xiangyun.toml", "secrets/django"}
    words = [(town.config.secrets / name).read_bytes().strip() for name in ("recovery", "xy_app", "xy_owner")]
    for item in town.target.items(""):
        if item.name == targets.MARKER:
            continue
        plain_bytes = io.BytesIO()
        with town.target.open(item.name) as raw:
            sealed.unseal(raw, plain_bytes, town.by, item.name)
        assert not [word for word in words if word in plain_bytes.getvalue()]


def test_nothing_of_a_person_lies_open_on_the_target(town):
    made(town)
    shipped(town)
    for file in folder_of(town).rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert "居民".encode() not in data
            assert b"sealed photo" not in data


@pytest.mark.slow
def test_hashes_are_those_of_the_restore_point_while_others_write(town, tmp_path):
    """Many short transactions, a rollback now and then, and one that stays open for seconds."""
    stop, written = threading.Event(), [0]

    def write(number: int) -> None:
        with ledger(town.config) as link:
            count = 0
            while not stop.is_set():
                count += 1
                with link.transaction(force_rollback=count % 5 == 0):
                    link.execute(
                        "INSERT INTO reading VALUES (%s, %s, 1), (%s, %s, 2)",
                        ("a", count, "b", number * 1_000_000 + count),
                    )
                    link.execute("UPDATE resident SET weight = weight + 1 WHERE id = %s", (count % 5000 + 1,))
                    link.execute("DELETE FROM reading WHERE ts = %s", (count - 50,))
                written[0] += 1

    def linger() -> None:
        with ledger(town.config) as link:
            while not stop.is_set():
                with link.transaction():
                    link.execute("UPDATE resident SET name = name || '.' WHERE id = 1")
                    stop.wait(1.5)
                stop.wait(0.3)

    shipped(town)
    writers = [threading.Thread(target=write, args=(n,)) for n in range(3)] + [threading.Thread(target=linger)]
    for one in writers:
        one.start()
    try:
        at, told = datetime.now(UTC), []
        for _ in range(3):
            at += timedelta(seconds=1)
            told.append(made(town, at))
            shipped(town)
            restore.drill(town)
    finally:
        stop.set()
        for one in writers:
            one.join()
    assert written[0] > 500
    assert len({str(one.tables) for one in told}) == 3
    assert notes.state(town.config)["proven"]["id"] == told[-1].id


def test_a_try_that_found_another_table_leaves_no_instant_behind(town, monkeypatch):
    """Days of history are opened while the instant is sought: a replay stops at the first point of a name it meets."""
    named = proof.names_now
    seen: list[int] = []

    def busy(link: psycopg.Connection[tuple[object, ...]]) -> list[tuple[str, str]]:
        found = named(link)
        seen.append(len(found))
        with ledger(town.config) as other:
            if len(seen) == 1:
                other.execute("CREATE TABLE reading_c PARTITION OF reading FOR VALUES IN ('c')")
            elif len(seen) == 3:
                other.execute("INSERT INTO reading VALUES ('c', 1, 1)")
        return found

    monkeypatch.setattr(proof, "names_now", busy)
    told = made(town)
    assert seen[-1] == seen[0] + 1
    assert told.tables["public.reading_c"].startswith("1:")
    shipped(town)
    assert restore.drill(town).tables == len(told.tables)


def test_a_drill_that_comes_out_otherwise_names_the_table_and_is_remembered(town):
    told = made(town)
    restore.drill(town)
    proven = notes.state(town.config)["proven"]
    resealed(town, told, tables={**told.tables, "public.resident": told.tables["public.resident"][:-1] + "~"})
    with pytest.raises(Unfit, match=r"not what was backed up .*public\.resident\."):
        restore.drill(town)
    state = notes.state(town.config)
    assert "public.resident" in state["drill_trouble"]["en"]
    assert state["proven"] == proven
    assert not (town.config.home / restore.DRILL).exists()


def test_one_changed_row_changes_the_hash_of_its_table_alone(town):
    with ledger(town.config) as link:
        proof.ready(link)
        before = proof.hashes(link)
        for change in (
            "UPDATE public.resident SET weight = weight + 1e-9 WHERE id = 7",
            "UPDATE public.resident SET name = (SELECT name FROM public.resident WHERE id = 9) WHERE id = 8",
            "UPDATE public.resident SET name = NULL WHERE id = 10",
            "DELETE FROM public.resident WHERE id = 11",
        ):
            link.execute(change)
            after = proof.hashes(link)
            assert proof.differences(before, after) == ["public.resident"]
            before = after


def test_restoring_an_instant_stops_there(town, tmp_path):
    shipped(town)
    made(town)
    with ledger(town.config) as link:
        link.execute("INSERT INTO resident (id, name) VALUES (9001, '一')")
        time.sleep(0.1)
        between = datetime.now(UTC)
        time.sleep(0.1)
        link.execute("INSERT INTO resident (id, name) VALUES (9002, '二')")
    shipped(town)
    config = empty_home(tmp_path)
    restore.restore(config, town.config.backup, town.secret, at=between)
    with postgres.running(config), ledger(config) as link:
        assert link.execute("SELECT name FROM resident ORDER BY id DESC LIMIT 1").fetchone() == ("一",)
    with pytest.raises(Unfit, match="Nothing in the backup is later"):
        restore.restore(
            empty_home(tmp_path, "m"), town.config.backup, town.secret, at=datetime.now(UTC) + timedelta(hours=1)
        )
    assert not (tmp_path / "m" / "pg").exists()
    with pytest.raises(Unfit, match="no backup from before"):
        restore.restore(empty_home(tmp_path, "o"), town.config.backup, town.secret, at=between - timedelta(days=1))


def test_a_home_with_data_is_never_overwritten(town):
    made(town)
    with pytest.raises(Unfit, match="never overwrites"):
        restore.restore(town.config, town.config.backup, town.secret)


def test_another_recovery_secret_opens_nothing(town, tmp_path):
    made(town)
    config = empty_home(tmp_path)
    with pytest.raises(Unfit, match="does not open"):
        restore.restore(config, town.config.backup, b"\7" * 32)
    assert not config.pg.exists()
    assert not config.secrets.exists()


def test_a_restored_town_goes_on_in_a_chain_of_its_own(town, tmp_path):
    shipped(town)
    made(town)
    shipped(town)
    config = dataclasses.replace(empty_home(tmp_path), backup=town.config.backup)
    restore.restore(config, town.config.backup, town.secret)
    with postgres.running(config):
        second = site.of(config)
        with ledger(config) as link:
            link.execute("INSERT INTO resident (id, name) VALUES (9002, '第二台')")
        chain = shipped(second)
        assert chain.timeline == 2
        made(second, datetime.now(UTC) + timedelta(seconds=2))
        with ledger(config) as link:
            link.execute("INSERT INTO resident (id, name) VALUES (9003, '第二台')")
        shipped(second)
    third = empty_home(tmp_path, "t")
    restore.restore(third, town.config.backup, town.secret)
    with postgres.running(third), ledger(third) as link:
        row = link.execute("SELECT count(*) FROM resident WHERE id > 9000").fetchone()
        assert row == (2,)


def test_verify_names_everything_that_is_broken(town):
    shipped(town)
    told = made(town)
    shipped(town)
    assert restore.verify(town).id == told.id
    disk = folder_of(town)
    piece = max(disk.glob("wal/*/*.zst.age"))
    bundle = next(disk.glob("files/*/*.zst.age"))
    for file in (disk / told.parts["base"].name, piece, bundle):
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    (disk / told.parts["house"].name).unlink()
    with pytest.raises(manifest.Damaged) as seen:
        restore.verify(town)
    names = [one.split(":")[0] for one in seen.value.what]
    relative = [str(file.relative_to(disk)) for file in (bundle, piece)]
    assert names == [told.parts["house"].name, told.parts["base"].name, *relative]


def test_a_missing_stretch_of_wal_is_named(town):
    shipped(town)
    made(town)
    for _ in range(3):
        with ledger(town.config) as link:
            link.execute("SELECT pg_switch_wal()")
            link.execute("INSERT INTO reading VALUES ('a', 1, 1)")
    shipped(town)
    middle = sorted(folder_of(town).glob("wal/*/*.zst.age"))[-2]
    middle.unlink()
    with pytest.raises(manifest.Damaged, match="missing before"):
        restore.verify(town)


def test_old_backups_go_and_the_proven_one_stays(town):
    town = dataclasses.replace(town, config=dataclasses.replace(town.config, backup_keep="1 0 0"))
    shipped(town)
    now = datetime.now(UTC)
    first = made(town, now - timedelta(days=3))
    restore.drill(town)
    second = made(town, now - timedelta(days=2))
    shipped(town)
    third = made(town, now)
    assert manifest.ids(town.target) == [first.id, third.id]
    assert not (folder_of(town) / "backups" / second.id).exists()
    restore.drill(town, backup_id=first.id)
    restore.drill(town)


def test_an_older_backup_that_is_broken_is_said_and_stops_no_new_one(town):
    first = made(town, datetime.now(UTC) - timedelta(days=1))
    file = folder_of(town) / manifest.part_name(first.id, "manifest")
    file.write_bytes(file.read_bytes()[:-1] + b"~")
    second = made(town)
    assert manifest.ids(town.target) == [first.id, second.id]
    assert first.id in notes.state(town.config)["backup_trouble"]["en"]
    restore.drill(town)


def test_a_target_that_is_away_bounds_what_waits_and_the_chain_begins_anew(tmp_path_factory):
    """The disk of the box never fills for a backup: past the limit PostgreSQL lets go, and that is said."""
    home, disk = tmp_path_factory.mktemp("b"), tmp_path_factory.mktemp("disk")
    config = Config.load({"XIANGYUN_HOME": str(home), "XIANGYUN_BACKUP": str(disk)})
    small = {"max_slot_wal_keep_size": "48MB", "max_wal_size": "64MB", "min_wal_size": "32MB", "wal_keep_size": "0"}
    with postgres.running(config, small), ledger(config) as link:
        link.execute("CREATE TABLE heap (data text)")
        here = site.of(config)
        first = shipped(here)
        made(here)
        one = shipper.Shipper(config)
        one.ship(datetime.now(UTC))
        safe = notes.state(config)["safe_until"]

        disk.rename(disk.with_name("unplugged"))
        for _ in range(20):
            link.execute("INSERT INTO heap SELECT repeat(md5(n::text), 30) FROM generate_series(1, 12000) n")
            link.execute("CHECKPOINT")
            one.ship(datetime.now(UTC))
        held = sum(file.stat().st_size for file in (config.pg / "pg_wal").iterdir() if file.is_file())
        assert held < 200 * 1024 * 1024
        state = notes.state(config)
        assert state["safe_until"] == safe
        assert "plug that one in" in state["trouble"]["en"]

        disk.with_name("unplugged").rename(disk)
        second = shipped(here)
        assert second.id != first.id
        made(here, datetime.now(UTC) + timedelta(seconds=1))
        one.ship(datetime.now(UTC))
        state = notes.state(config)
        assert "trouble" not in state
        assert state["safe_until"] > safe
        restore.drill(here)


def test_without_a_target_postgresql_holds_no_wal(town):
    shipped(town)
    with postgres.superuser(town.config) as link:
        assert link.execute("SELECT count(*) FROM pg_replication_slots").fetchone() == (1,)
        postgres.bootstrap(dataclasses.replace(town.config, backup=""))
        assert link.execute("SELECT count(*) FROM pg_replication_slots").fetchone() == (0,)


def test_a_backup_that_breaks_off_is_none(town):
    def unplug(zh: str, en: str, done: int = 0, of: int = 0) -> None:
        if en.startswith("marking"):
            folder_of(town).rename(folder_of(town).with_name("gone"))

    with pytest.raises(targets.Away):
        make.backup(town, at=datetime.now(UTC), progress=unplug)
    folder_of(town).with_name("gone").rename(folder_of(town))
    assert manifest.ids(town.target) == []
    with pytest.raises(Unfit, match="no backup"):
        restore.drill(town)
    with postgres.superuser(town.config) as link:
        # Its server process leaves a moment after the connection.
        until(lambda: link.execute("SELECT count(*) FROM pg_replication_slots").fetchone() == (0,))
    made(town)


def test_two_backups_at_once_are_refused(town):
    with notes.alone(town.config, "backup"), pytest.raises(Unfit, match="Another backup"):
        made(town)


def test_on_a_server_of_somebody_else_files_and_settings_are_backed_up(town, tmp_path):
    config = dataclasses.replace(town.config, database_url="postgresql://lord@elsewhere/town")
    told = made(dataclasses.replace(town, config=config))
    assert (told.has_database, set(told.parts), list(told.files)) == (False, {"house"}, ["ab/photo"])
    restored = empty_home(tmp_path)
    done = restore.restore(restored, town.config.backup, town.secret)
    assert not done.told.has_database
    assert (restored.files / "ab" / "photo").read_bytes() == b"sealed photo"
    assert not restored.pg.exists()
