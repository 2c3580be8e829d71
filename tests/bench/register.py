"""The register at the size of a city: 1,500,000 made-up people in 500,000 homes, asked for at the API through Caddy.

`XIANGYUN_BENCH_RESIDENTS` makes it smaller for a try; such figures say nothing of a city.
"""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator

from tests.bench import register_table
from tests.bench.asking import Asking, reader
from tests.bench.report import Row, percentile
from tests.bench.town import AREA, VILLAGE, Peak, Sticks, Town, town
from tests.live_box import COMMAND, ROOT, Person
from xiangyun.kernel.people.rules import names

RESIDENTS = int(os.environ.get("XIANGYUN_BENCH_RESIDENTS", "1500000"))
A_HOME = 3
REQUESTS = 200
TABLE = RESIDENTS // 15
TABLES = 3
FREE_PART = 3
"""Parts of the made-up people that the city does not use."""
CITY = "15.08"
WRONG = "彧"
"""A character no made-up name has."""

Say = Callable[[str], None]


def run(rounds: int, say: Say) -> list[Row]:
    """Fill a city, then ask as pages do: one request after the other over one connection for each reader."""
    with town() as place:
        say(f"a city of {RESIDENTS:,} people")
        seed_s = _seed(place)
        sticks = Sticks(place.box, "tests.bench.register_sticks")
        size = sticks("size_mb")
        say(f"seeded in {seed_s:.0f} s, {size['all']:,} MB: {size}")
        people = sticks("people", AREA, REQUESTS)
        clerk = Asking(place, reader(place, "clerk", AREA))
        overseer = Asking(place, reader(place, "city_viewer", CITY))
        sticks("plain")
        sticks("confirm")
        asked = {
            "exact": _exact(clerk, people),
            "name": _names(clerk, people),
            "household": _households(clerk, people),
            "figures": overseer.repeated("GET", f"/api/people/tally?area={CITY}"),
        }
        for asking in asked.values():
            for _ in range(20):  # the first requests of a process read more than anybody else's
                next(asking)
        found: dict[str, list[float]] = {what: [] for what in (*asked, "plain", "trigrams", "policy")}
        for turn in range(rounds):
            say(f"round {turn + 1} of {rounds}")
            for what, asking in asked.items():
                found[what].append(percentile([next(asking) for _ in range(REQUESTS)], 0.95))
            found["plain"].append(sticks("plain_exact", REQUESTS))
            found["trigrams"].append(sticks("plain_name", AREA, REQUESTS))
            found["policy"].append(sticks("plain_name_behind_policy", AREA, REQUESTS // 10))
            say("p95, ms: " + ", ".join(f"{what} {runs[-1]:.1f}" for what, runs in found.items()))
        with Peak(place, "entry.worker", "sheets.child") as memory:
            taken, plainly = _tables(place, sticks, clerk.person, say, rounds)
        undone_s = register_table.take_back(clerk.person, taken[-1].id)
        say(f"taken back in {undone_s:.0f} s; {memory.mb:.0f} MB at most")
        restored = _drill(place, say)
    return [
        # The yardsticks are bare look-ups in SQL: what HTTP, the policies and the masks add stands in the ratio.
        _row("search_exact_ms_p95", found["exact"], 20, "plain index, SQL alone", found["plain"]),
        _row("search_name_ms_p95", found["name"], 50, "ILIKE with pg_trgm, SQL alone", found["trigrams"]),
        Row("name_ilike_policy_ms_p95", "ms", found["policy"]),
        _row("household_ms_p95", found["household"], 60),
        _row("city_figures_ms_p95", found["figures"], 200),
        Row(
            "import_rows_per_s",
            "/s",
            [TABLE / one.written for one in taken],
            "openpyxl and one ORM insert a row",
            plainly,
            goal=1667,
            is_of_value=True,
        ),
        Row("import_look_s", "s", [one.read for one in taken]),
        Row("import_dry_run_s", "s", [one.tried for one in taken]),
        Row("import_run_s", "s", [one.written for one in taken]),
        Row("import_peak_mb", "MB", [memory.mb], goal=500, is_most=True),
        Row("import_undo_s", "s", [undone_s]),
        Row("restore_s", "s", [restored], goal=120, is_most=True),
        Row("seed_people_per_s", "/s", [RESIDENTS / seed_s]),
        Row("register_mb", "MB", [size["all"]]),
    ]


def _row(metric: str, runs: list[float], most: float, yardstick: str = "", against: list[float] | None = None) -> Row:
    """A row whose goal is an upper bound of its own value, beside a yardstick of another kind."""
    return Row(metric, "ms", runs, yardstick or None, against or [], goal=most, is_most=True, is_of_value=True)


def _seed(place: Town) -> float:
    began = time.monotonic()
    words = ["seed", "city", "--residents", str(RESIDENTS), "--households", str(RESIDENTS // A_HOME)]
    subprocess.run([COMMAND, *words], cwd=ROOT, env=place.box.env, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def _tables(
    place: Town, sticks: Sticks, clerk: Person, say: Say, rounds: int
) -> tuple[list[register_table.Taken], list[float]]:
    """A clerk's tables coming in, and rows a second of the same read and inserted as anybody would."""
    taken, plainly = [], []
    for turn in range(min(rounds, TABLES)):
        say(f"a table of {TABLE:,} people, {turn + 1}")
        path = register_table.make(place.box.home / f"t{turn}.xlsx", TABLE, FREE_PART + turn)
        taken.append(register_table.take_in(clerk, path, VILLAGE, TABLE))
        say(f"{taken[-1]}")
        plainly.append(sticks("plain_import", path, min(TABLE, 5000)))
        path.unlink()
    return taken, plainly


def _drill(place: Town, say: Say) -> float:
    """Seconds of a restore into a scratch box with every row compared."""
    with tempfile.TemporaryDirectory(prefix="xb-bak-", dir="/tmp") as folder:
        say("backup and drill")
        for what in ("now", "drill"):
            began = time.monotonic()
            words = [COMMAND, "backup", what, "--to", folder]
            subprocess.run(words, cwd=ROOT, env=place.box.env, stdout=subprocess.DEVNULL, check=True)
        return time.monotonic() - began


def _exact(clerk: Asking, people: list[dict[str, str]]) -> Iterator[float]:
    """By ID number and by phone in turn."""
    for n, one in _for_ever(people):
        what = "phone" if n % 2 else "id_no"
        took, answer = clerk.one("POST", "/api/people/search", {"q": one[what]})
        if one["id"] not in [item["id"] for item in answer["items"]]:
            raise AssertionError(f"somebody was not found by {what}")
        yield took


def _names(clerk: Asking, people: list[dict[str, str]]) -> Iterator[float]:
    """In turn: the whole name, its beginning, its initials, its letters, one character wrong."""
    ways: tuple[Callable[[str], str], ...] = (
        lambda name: name,
        lambda name: name[:2],
        lambda name: "".join(syllable[0] for syllable in names.readings(name)[0]),
        lambda name: "".join(names.readings(name)[0])[:6],
        lambda name: name[:-1] + WRONG if len(name) > 2 else name,
    )
    for n, one in _for_ever(people):
        took, answer = clerk.one("POST", "/api/people/search", {"q": ways[n % len(ways)](one["name"])})
        if not answer["items"]:
            raise AssertionError(f"nobody was found by a name, way {n % len(ways)}")
        yield took


def _households(clerk: Asking, people: list[dict[str, str]]) -> Iterator[float]:
    for _, one in _for_ever(people):
        took, answer = clerk.one("GET", f"/api/people/households/{one['household']}")
        if one["id"] not in [member["resident"]["id"] for member in answer["members"]]:
            raise AssertionError("somebody is not in their own home")
        yield took


def _for_ever(people: list[dict[str, str]]) -> Iterator[tuple[int, dict[str, str]]]:
    chance, n = random.Random(1), 0
    while True:
        yield n, chance.choice(people)
        n += 1
