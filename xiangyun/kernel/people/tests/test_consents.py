"""A consent is given and taken back, by whom it is theirs to give; its signed paper is kept and opened again."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from xiangyun.base import clock
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.files.rules import Kind
from xiangyun.kernel.files.tests import factories as files
from xiangyun.kernel.people.models import Consent, Membership, Resident
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.people.tests.factories import send

TOWN, VILLAGE, NEXT_VILLAGE, OTHER_TOWN = people.TOWN, people.VILLAGE, people.NEXT_VILLAGE, people.OTHER_TOWN


@pytest.fixture
def somebody(house: None) -> Resident:
    return people.a_home()[1]


def a_paper(browser: Any, **changes: Any) -> Attachment:
    """What somebody has just sent from their browser."""
    told = {"subject": None, "at": clock.now(), **changes}
    paper = files.an_attachment(browser.who.posts.get().area_path, **told)
    Attachment.objects.filter(pk=paper.pk).update(by_account=browser.who.pk)
    return paper


def a_signed_consent(clerk: Any, resident: Resident, **changes: Any) -> tuple[str, Attachment]:
    """A consent on paper, recorded at the desk; its id and the file."""
    paper = a_paper(clerk)
    told = {"purpose": "care", "how": "paper", "evidence": str(paper.pk), **changes}
    answer = send(clerk, f"residents/{resident.pk}/consents", **told)
    assert answer.status_code == 201, answer.content
    assert answer.json()["has_paper"]
    return answer.json()["id"], paper


def opened(answer: Any) -> bytes:
    assert answer.status_code == 200, answer
    return b"".join(answer.streaming_content)


def test_consent_is_given_and_taken_back_by_the_person(somebody: Resident) -> None:
    mine = accounts.a_browser("villager", VILLAGE)
    people.an_own_record(mine.who.pk, somebody)
    [notice] = [one for one in mine.get("/api/people/notices").json() if one["purpose"] == "care"]
    assert notice["needs_consent"]
    assert send(mine, f"me/{somebody.pk}/consents", purpose="care", notice_version="1999-1").status_code == 422
    assert send(mine, f"me/{somebody.pk}/consents", purpose="register", notice_version="2026-1").status_code == 422
    given = send(mine, f"me/{somebody.pk}/consents", purpose="care", notice_version=notice["version"])
    assert given.status_code == 201
    assert send(mine, f"me/{somebody.pk}/consents", purpose="care", notice_version=notice["version"]).status_code == 409
    back = send(mine, f"me/{somebody.pk}/consents/{given.json()['id']}/withdraw")
    assert back.json()["withdrawn_at"]
    assert send(mine, f"me/{somebody.pk}/consents/{given.json()['id']}/withdraw").status_code == 409
    assert Consent.objects.count() == 1
    assert send(mine, f"me/{somebody.pk}/consents", purpose="care", notice_version=notice["version"]).status_code == 201
    told = mine.get(f"/api/people/me/{somebody.pk}/consents").json()
    assert [bool(one["withdrawn_at"]) for one in told] == [False, True], "those in force first"


def test_the_paper_of_a_consent_is_kept_with_it(somebody: Resident) -> None:
    clerk = accounts.a_browser("clerk")
    asked = {"purpose": "sharing", "how": "paper"}
    mine, other = (files.an_attachment(TOWN, subject=None, at=clock.now()) for _ in range(2))
    Attachment.objects.filter(pk=mine.pk).update(by_account=clerk.who.pk)
    assert send(clerk, f"residents/{somebody.pk}/consents", **asked, evidence=str(other.pk)).status_code == 404
    assert not Consent.objects.exists()
    assert send(clerk, f"residents/{somebody.pk}/consents", **asked, evidence=str(mine.pk)).status_code == 201
    mine.refresh_from_db()
    kept = (mine.subject_kind, mine.subject_id, mine.area_path, mine.expires_at)
    assert kept == ("consent", str(Consent.objects.get().pk), VILLAGE, None)


def test_under_fourteen_a_guardian_consents(house: None) -> None:
    child, mother = people.a_resident(born_on=date(2015, 5, 1)), people.a_resident(born_on=date(1985, 5, 1))
    brother = people.a_resident(born_on=date(2010, 5, 1))
    clerk = accounts.a_browser("clerk")
    asked = {"purpose": "care", "how": "paper"}
    assert send(clerk, f"residents/{child.pk}/consents", **asked).status_code == 422
    for unfit in (None, str(child.pk), str(brother.pk)):
        answer = send(clerk, f"residents/{child.pk}/consents", **asked, given_by="guardian", guardian=unfit)
        assert answer.status_code == 422
    answer = send(clerk, f"residents/{child.pk}/consents", **asked, given_by="guardian", guardian=str(mother.pk))
    assert answer.status_code == 201
    assert Consent.objects.get().guardian == mother


def test_the_paper_is_opened_by_who_sees_the_consent_and_that_is_written_down(somebody: Resident) -> None:
    clerk, mine = accounts.a_browser("clerk"), accounts.a_browser("villager", VILLAGE)
    people.an_own_record(mine.who.pk, somebody)
    consent, paper = a_signed_consent(clerk, somebody)
    at_the_desk = f"/api/people/residents/{somebody.pk}/consents/{consent}/paper"
    on_the_phone = f"/api/people/me/{somebody.pk}/consents/{consent}/paper"
    secretary = accounts.a_browser("village_secretary", VILLAGE)
    for browser, url in ((clerk, at_the_desk), (secretary, at_the_desk), (mine, on_the_phone)):
        assert opened(browser.get(url)) == files.PDF
    rows = Entry.objects.filter(act="files.download", object_kind="consent", object_id=consent)
    accounts_seen = list(rows.order_by("at", "id").values_list("by_account", flat=True))
    assert accounts_seen == [browser.who.account for browser in (clerk, secretary, mine)]
    # Not past the consent: what lies in the room of files is sealed to everybody else of the place.
    assert secretary.get(f"/api/files/{paper.pk}").status_code == 404
    [told] = mine.get(f"/api/people/me/{somebody.pk}/consents").json()
    assert (told["how"], told["has_paper"]) == ("paper", True)
    assert send(clerk, f"residents/{somebody.pk}/consents/{consent}/withdraw").status_code == 200
    assert opened(mine.get(on_the_phone)) == files.PDF, "what was signed is proof of what was so"


@pytest.mark.parametrize(
    ("role", "area", "status"),
    [
        ("village_secretary", NEXT_VILLAGE, 404),
        ("clerk", OTHER_TOWN, 404),
        ("town_leader", TOWN, 403),
        ("villager", VILLAGE, 403),
    ],
)
def test_who_does_not_see_the_consent_does_not_see_its_paper(
    somebody: Resident, role: str, area: str, status: int
) -> None:
    consent, _ = a_signed_consent(accounts.a_browser("clerk"), somebody)
    browser = accounts.a_browser(role, area)
    assert browser.get(f"/api/people/residents/{somebody.pk}/consents/{consent}/paper").status_code == status
    assert browser.get(f"/api/people/me/{somebody.pk}/consents/{consent}/paper").status_code == 404


def test_a_paper_is_opened_through_its_own_consent_alone(somebody: Resident) -> None:
    clerk = accounts.a_browser("clerk")
    consent, _ = a_signed_consent(clerk, somebody)
    another = people.a_home()[1]
    without = people.a_consent(somebody)
    assert clerk.get(f"/api/people/residents/{another.pk}/consents/{consent}/paper").status_code == 404
    assert clerk.get(f"/api/people/residents/{somebody.pk}/consents/{without.pk}/paper").status_code == 404


def test_a_guardian_signs_for_a_child_and_opens_the_paper_again(house: None) -> None:
    child, mother = people.a_resident(born_on=date(2015, 5, 1)), people.a_resident(born_on=date(1985, 5, 1))
    clerk, phone = accounts.a_browser("clerk"), accounts.a_browser("villager", VILLAGE)
    people.an_own_record(phone.who.pk, mother)
    people.an_own_record(phone.who.pk, child, kind="guardian")
    consent, _ = a_signed_consent(clerk, child, given_by="guardian", guardian=str(mother.pk))
    [told] = phone.get(f"/api/people/me/{child.pk}/consents").json()
    assert (told["given_by"], told["has_paper"]) == ("guardian", True)
    assert opened(phone.get(f"/api/people/me/{child.pk}/consents/{consent}/paper")) == files.PDF
    assert phone.get(f"/api/people/me/{mother.pk}/consents/{consent}/paper").status_code == 404


def test_what_is_kept_with_a_consent_is_a_paper(somebody: Resident) -> None:
    """A photo would have a small picture of itself, and nobody would write down who looked."""
    clerk = accounts.a_browser("clerk")
    photo = a_paper(clerk, content=files.a_picture(), name="签字.jpg", kind=Kind.PHOTO)
    answer = send(clerk, f"residents/{somebody.pk}/consents", purpose="care", how="paper", evidence=str(photo.pk))
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["body", "evidence"])
    assert not Consent.objects.exists()


def test_the_paper_goes_with_who_is_erased(somebody: Resident) -> None:
    clerk = accounts.a_browser("clerk")
    consent, paper = a_signed_consent(clerk, somebody)
    Membership.objects.filter(resident=somebody).update(until_on=people.AT.date(), ended_by="moved_out")
    asked = send(clerk, f"residents/{somebody.pk}/requests", kind="erase").json()
    assert send(clerk, f"requests/{asked['id']}/answer", state="done", answer="已删除").status_code == 200
    paper.refresh_from_db()
    assert paper.blob is None
    assert Consent.objects.get(pk=consent).evidence is None
    assert clerk.get(f"/api/people/residents/{somebody.pk}/consents/{consent}/paper").status_code == 404
