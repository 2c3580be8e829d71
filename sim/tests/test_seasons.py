from datetime import UTC, date, datetime, timedelta

import pytest

from sim import replay, seasons
from sim.seasons import LOCAL, Moment

SUMMER = "beijing_huairou_2016"


def test_the_real_summer_is_whole():
    moments = seasons.load(SUMMER)
    assert len(moments) == 4416
    assert moments[0].at == datetime(2016, 3, 1, 0, tzinfo=LOCAL)
    rain = [m.values["rain_mm"] for m in moments if date(2016, 7, 19) <= m.at.date() <= date(2016, 7, 21)]
    assert round(sum(rain), 1) == 140.9


def test_what_is_missing_stays_missing():
    moments = seasons.load(SUMMER)
    assert sum("wind_dir_deg" not in moment.values for moment in moments) == 35
    assert not any("wind_gust_ms" in moment.values or "radiation_wm2" in moment.values for moment in moments)


def test_humidity_is_derived_from_the_dew_point():
    assert seasons.humidity_pct(20.0, 20.0) == 100.0
    assert seasons.humidity_pct(25.0, 14.0) == pytest.approx(50.4, abs=0.3)


def test_moved_by_whole_days_local_days_stay_whole():
    moved = seasons.by_whole_days(seasons.load(SUMMER), date(2026, 11, 24))
    assert moved[-1].at == datetime(2026, 11, 24, 23, tzinfo=LOCAL)
    assert moved[0].at.astimezone(LOCAL).hour == 0


def test_nothing_is_ahead_of_the_clock():
    now = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
    past, ahead = replay.split(seasons.by_whole_days(seasons.load(SUMMER), date(2026, 11, 24)), now)
    assert past[-1].at <= now < ahead[0].at
    assert len(ahead) == 12


def test_a_file_ends_now(tmp_path):
    file = tmp_path / "probe.csv"
    file.write_text("ts,soil_temp_c_10\n2024-05-01T00:00:00+08:00,11.5\n2024-05-01T01:00:00+08:00,\n")
    now = datetime(2026, 11, 24, tzinfo=UTC)
    first, last = seasons.to_now(seasons.load(str(file)), now)
    assert (first.at, last.at) == (now - timedelta(hours=1), now)
    assert last.values == {}


@pytest.mark.parametrize("text", ["time,x\n1,2\n", "ts,x\nyesterday,1\n", "ts,x\n2024-01-01T00:00:00Z,warm\n", ""])
def test_a_file_that_cannot_be_read_is_named(tmp_path, text):
    file = tmp_path / "bad.csv"
    file.write_text(text)
    with pytest.raises(seasons.Unreadable, match="bad"):
        seasons.load(str(file))


def test_what_comes_waits_for_its_hour():
    start = datetime.now(UTC)
    sent = []

    class Line:
        def send(self, moments):
            sent.append((datetime.now(UTC), moments[0].at))

    ahead = [Moment(start + timedelta(milliseconds=ms), {"rain_mm": 1.0}) for ms in (50, 120)]
    replay.send_as_it_comes(Line(), ahead)  # type: ignore[arg-type]
    assert all(when >= due for when, due in sent)
