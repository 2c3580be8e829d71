"""Who leaves a home: married, moved, died; and who leads it then."""

from __future__ import annotations

from typing import Any

import pytest

from xiangyun.kernel.people.models import Mark, Membership, Resident
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.people.tests.factories import fault, send

NEXT_VILLAGE = people.NEXT_VILLAGE

pytestmark = pytest.mark.usefixtures("house", "confirmed")


class TestLeaving:
    def test_a_daughter_marries_into_another_home(self, clerk: Any) -> None:
        home, _ = people.a_home()
        daughter = people.a_resident(name="李小花", sex="2")
        people.a_membership(home, daughter, relation="30")
        target, _ = people.a_home(NEXT_VILLAGE, name="王父")
        people.a_mark(daughter)
        told = send(
            clerk,
            f"residents/{daughter.pk}/move",
            household=str(target.pk),
            relation="38",
            how="married_out",
            on="2026-10-01",
        )
        assert told.status_code == 200, told.content
        stays = told.json()["stays"]
        assert [(one["household"], one["began_by"], one["ended_by"]) for one in stays] == [
            (str(target.pk), "married_in", ""),
            (str(home.pk), "register", "married_out"),
        ]
        assert told.json()["area"] == NEXT_VILLAGE
        assert Mark.objects.get().area_path == NEXT_VILLAGE
        for day, here, there in (("2026-09-30", 2, 1), ("2026-10-01", 1, 2)):
            for pk, n in ((home.pk, here), (target.pk, there)):
                page = clerk.get(f"/api/people/households/{pk}", {"on": day}).json()
                assert len(page["members"]) == n

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"how": "moved_out"}, 422),
            ({"outside": True, "how": "flown"}, 422),
            ({"outside": True, "how": "died"}, 422),
            ({"outside": True, "how": "moved_out", "on": "2199-01-01"}, 422),
            ({"outside": True, "how": "moved_out", "on": "1999-01-01"}, 422),
            ({"outside": True, "how": "moved_out"}, 200),
        ],
    )
    def test_leaving_for_outside(self, clerk: Any, body: dict[str, Any], status: int) -> None:
        _, one = people.a_home()
        assert send(clerk, f"residents/{one.pk}/move", **body).status_code == status
        assert Membership.objects.filter(until_on=None).count() == (0 if status == 200 else 1)

    def test_who_left_can_come_back_and_not_before_they_left(self, clerk: Any) -> None:
        home, one = people.a_home()
        send(clerk, f"residents/{one.pk}/move", outside=True, how="moved_out", on="2026-10-01")
        assert send(clerk, f"residents/{one.pk}/move", outside=True, how="moved_out").status_code == 409
        path, body = f"households/{home.pk}/members", {"resident": str(one.pk), "relation": "02"}
        assert send(clerk, path, **body, began_by="returned", on="2026-09-01").status_code == 422
        assert send(clerk, path, **body, began_by="returned", on="2026-11-01").status_code == 201
        assert len(clerk.get(f"/api/people/households/{home.pk}", {"on": "2026-10-15"}).json()["members"]) == 0

    def test_a_heads_death_asks_who_leads_now_and_the_past_stays(self, clerk: Any) -> None:
        home, head = people.a_home(name="李父")
        wife, son = people.a_resident(name="王妻", sex="2"), people.a_resident(name="李子")
        people.a_membership(home, wife, relation="12")
        people.a_membership(home, son, relation="22")
        asked = send(clerk, f"residents/{head.pk}/death", on="2026-11-20")
        assert fault(asked) == (422, ["body", "head"], "people.who_is_head")
        assert Resident.objects.get(pk=head.pk).died_on is None
        told = send(clerk, f"residents/{head.pk}/death", on="2026-11-20", head=str(wife.pk))
        assert told.status_code == 200, told.content
        assert told.json()["died_on"] == "2026-11-20"
        assert "move" not in told.json()["may"]
        page = clerk.get(f"/api/people/households/{home.pk}").json()
        assert [(one["resident"]["name"], one["relation"], one["is_head"]) for one in page["members"]] == [
            ("王妻", "02", True),
            ("李子", "22", False),
        ]
        assert [(one["ended_by"], one["until_on"]) for one in page["former"]] == [("died", "2026-11-21")]
        before = clerk.get(f"/api/people/households/{home.pk}", {"on": "2026-11-19"}).json()
        assert [(one["resident"]["name"], one["relation"], one["is_head"]) for one in before["members"]] == [
            ("李父", "02", True),
            ("王妻", "12", False),
            ("李子", "22", False),
        ]
        assert before["members"][0]["resident"]["died_on"] is None
        assert send(clerk, f"residents/{head.pk}/death", on="2026-11-20").status_code == 409
        assert send(clerk, f"residents/{head.pk}/move", outside=True, how="moved_out").status_code == 409

    def test_nobody_dies_before_they_are_born_or_tomorrow(self, clerk: Any) -> None:
        _, one = people.a_home()
        assert send(clerk, f"residents/{one.pk}/death", on="1950-01-01").status_code == 422
        assert send(clerk, f"residents/{one.pk}/death", on="2199-01-01").status_code == 422

    def test_another_head_is_named_and_relations_are_said_anew(self, clerk: Any) -> None:
        home, _ = people.a_home(name="李父")
        son, grandson = people.a_resident(name="李子"), people.a_resident(name="李孙")
        people.a_membership(home, son, relation="20")
        people.a_membership(home, grandson, relation="41")
        told = send(
            clerk,
            f"households/{home.pk}/head",
            resident=str(son.pk),
            relations=[{"resident": str(grandson.pk), "relation": "20"}],
        )
        assert {one["resident"]["name"]: one["relation"] for one in told.json()["members"]} == {
            "李子": "02",
            "李父": "50",
            "李孙": "20",
        }
        stranger = people.a_resident()
        assert send(clerk, f"households/{home.pk}/head", resident=str(stranger.pk)).status_code == 422
