"""A quarrel from being brought to being filed; a refusal; who reads the file; what of it stands in the open."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from xiangyun.base import clock, ids
from xiangyun.base.errors import BadInput, NotFound, WrongState
from xiangyun.kernel.accounts.tests.factories import a_browser
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.files.tests.factories import an_attachment
from xiangyun.kernel.notify.models import Notice
from xiangyun.kernel.people.models import Resident
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.workflow.models import WorkItem
from xiangyun.modules.grid.actions import mediations
from xiangyun.modules.grid.models import FollowUp, Mediation, Party
from xiangyun.modules.grid.queries import mediations as queries
from xiangyun.modules.grid.rules import mediation as rules
from xiangyun.modules.grid.rules.mediation import AgreementForm, Kept, MediationState, Side
from xiangyun.modules.grid.tests.factories import (
    AT,
    GRID,
    NEXT_VILLAGE,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    a_mediation,
    a_person,
    a_sitting,
    an_agreement,
)

pytestmark = pytest.mark.usefixtures("house")

JSON = "application/json"


@pytest.fixture
def secretary(house):
    return a_person("village_secretary", VILLAGE)


def test_from_a_quarrel_to_the_ninety_days(secretary):
    row = an_agreement(a_mediation(by=secretary), secretary)
    assert (row.matter.state, row.mediator_name, row.matter.owner_id) == (
        MediationState.AGREED,
        "孙有福",
        secretary.account_id,
    )
    days = list(FollowUp.objects.filter(mediation=row).order_by("due_on").values_list("due_on", flat=True))
    assert [(day - row.agreed_on).days for day in days] == [7, 30, 90]
    assert (row.matter.due_at - AT).days == 7
    assert WorkItem.objects.get(matter=row.matter, is_main=True).due_at == row.matter.due_at
    with pytest.raises(WrongState):
        mediations.close(mediation_id=row.pk, by=secretary, at=AT)
    for offset in (7, 30, 90):
        at = AT + timedelta(days=offset)
        mediations.follow_up(mediation_id=row.pk, found=Kept.KEPT, by=secretary, at=at)
    row = mediations.close(mediation_id=row.pk, by=secretary, at=at)
    assert (row.matter.state, row.matter.outcome) == (MediationState.CLOSED, "agreed")
    assert not WorkItem.objects.filter(matter=row.matter, state__in=("open", "taken")).exists()


def test_before_there_is_an_agreement_a_month_runs(secretary):
    row = a_sitting(a_mediation(by=secretary), secretary)
    assert Mediation.objects.get(pk=row.pk).matter.clock.unit == "months"
    agreed_row = mediations.agree(mediation_id=row.pk, form=AgreementForm.ORAL, content="各退一步", by=secretary, at=AT)
    assert agreed_row.matter.clock.ended_at == AT


def test_a_party_that_refuses_ends_it_and_all_are_told_what_else_they_can_do(secretary):
    row = a_sitting(a_mediation(by=secretary), secretary)
    party = Party.objects.filter(mediation=row, side=Side.RESPONDENT).get()
    row = mediations.refuse(mediation_id=row.pk, party_id=party.pk, note="要去法院", by=secretary, at=AT)
    assert (row.matter.state, row.remedies_told_at, queries.why_ended(row)) == (MediationState.REFUSED, AT, "要去法院")
    with pytest.raises(WrongState):
        mediations.agree(mediation_id=row.pk, form=AgreementForm.ORAL, content="x", by=secretary, at=AT)


def test_no_agreement_ends_it_with_a_word_why(secretary):
    row = a_sitting(a_mediation(by=secretary), secretary)
    with pytest.raises(BadInput):
        mediations.fail(mediation_id=row.pk, note=" ", by=secretary, at=AT)
    assert (
        mediations.fail(mediation_id=row.pk, note="谈不拢", by=secretary, at=AT).matter.state == MediationState.FAILED
    )


def test_nobody_agrees_before_they_sat_together(secretary):
    row = a_mediation(by=secretary)
    with pytest.raises(WrongState):
        mediations.agree(mediation_id=row.pk, form=AgreementForm.ORAL, content="x", by=secretary, at=AT)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"held_at": AT + timedelta(hours=1)}, "sitting_time"),
        ({"held_at": AT - timedelta(days=1)}, "sitting_time"),
        ({"came": [ids.uuid7()]}, "who_came"),
        ({"notes": " "}, "say_something"),
    ],
)
def test_a_sitting_that_cannot_have_been_is_refused(secretary, changes, why):
    row = a_mediation(by=secretary)
    mediations.accept(mediation_id=row.pk, mediator_name="孙有福", by=secretary, at=AT)
    came = [Party.objects.filter(mediation=row).first().pk]
    with pytest.raises(BadInput, match=why):
        mediations.hold_sitting(
            **{"mediation_id": row.pk, "held_at": AT, "came": came, "notes": "x", "by": secretary, "at": AT, **changes}
        )


def test_it_takes_two_sides_with_names(secretary):
    for parties in (
        [{"side": "applicant", "name": "赵二柱"}, {"side": "third", "name": "钱三丫"}],
        [{"side": "applicant", "name": "赵二柱"}, {"side": "respondent", "name": " "}],
    ):
        with pytest.raises(BadInput):
            a_mediation(by=secretary, parties=parties)
    assert not Mediation.objects.exists()


def test_a_party_of_the_register_must_be_one_the_secretary_knows(secretary):
    _, known = people.a_home(VILLAGE, name="周大山")
    _, stranger = people.a_home(NEXT_VILLAGE)
    parties = [{"side": "applicant", "resident": known.pk}, {"side": "respondent", "name": "钱三丫"}]
    row = a_mediation(by=secretary, parties=parties)
    assert queries.who(Party.objects.get(mediation=row, resident=known))["name"] == "周大山"
    with pytest.raises(NotFound):
        a_mediation(by=secretary, parties=[{"side": "applicant", "resident": stranger.pk}, parties[1]])


def test_nothing_of_it_stands_in_the_open(secretary):
    row = an_agreement(a_mediation(by=secretary), secretary)
    with connection.cursor() as cursor:
        for table in (
            "grid_mediation",
            "grid_party",
            "grid_sitting",
            "workflow_matter",
            "workflow_step",
            "audit_entry",
        ):
            cursor.execute(f"SELECT string_agg(t::text, E'\\n') FROM \"{table}\" t")
            told = cursor.fetchone()[0] or ""
            assert not [word for word in ("赵二柱", "13812341234", "渠口", "各说各的理") if word in told], table
    assert queries.agreement(row)["content"] == "按渠口轮流浇"


def test_a_follow_up_is_made_on_its_day_and_not_before(secretary):
    row = an_agreement(a_mediation(by=secretary), secretary)

    def follow_up(days):
        at = AT + timedelta(days=days)
        return mediations.follow_up(mediation_id=row.pk, found=Kept.KEPT, by=secretary, at=at)

    for early, day in ((0, 7), (6, 7)):
        with pytest.raises(WrongState, match="follow_up_too_early") as refused:
            follow_up(early)
        assert refused.value.params["day"] == str(row.agreed_on + timedelta(days=day))
    assert follow_up(7).due_on == row.agreed_on + timedelta(days=7)
    with pytest.raises(WrongState, match="follow_up_too_early"):
        follow_up(29)
    assert follow_up(30).due_on == row.agreed_on + timedelta(days=30)


def test_it_breaks_out_again_under_its_old_number(secretary):
    row = a_sitting(a_mediation(by=secretary), secretary)
    with pytest.raises(BadInput, match="still_open"):
        a_mediation(by=secretary, before_id=row.pk)
    mediations.fail(mediation_id=row.pk, note="谈不拢", by=secretary, at=AT)
    again = a_mediation(by=secretary, before_id=row.pk)
    assert again.before_id == row.pk
    assert queries.relapsed([row, again]) == {row.pk: 1}


@pytest.mark.parametrize(
    ("born_on", "is_sealed"), [(date(2008, 6, 21), True), (date(2008, 6, 20), False), (None, False)]
)
def test_with_a_party_under_age_the_file_is_sealed(secretary, born_on, is_sealed):
    _, young = people.a_home(VILLAGE, name="周小山")
    Resident.objects.filter(pk=young.pk).update(born_on=born_on)
    parties = [{"side": "applicant", "name": "赵二柱"}, {"side": "respondent", "resident": young.pk}]
    row = a_mediation(by=secretary, parties=parties)
    assert Mediation.objects.get(pk=row.pk).matter.is_sealed is is_sealed
    assert queries.mediations_for(secretary).filter(pk=row.pk).exists()
    other = a_person("village_secretary", VILLAGE)
    assert queries.mediations_for(other).filter(pk=row.pk).exists() is not is_sealed
    assert an_agreement(row, secretary).matter.state == MediationState.AGREED


def test_a_secretary_who_brings_a_sealed_quarrel_keeps_the_file_when_another_mediates(secretary):
    row = a_mediation(by=secretary, category="domestic_violence")
    assert row.matter.is_sealed
    other = a_person("village_secretary", VILLAGE)
    assert not queries.mediations_for(other).filter(pk=row.pk).exists()
    mediations.accept(mediation_id=row.pk, account=other.account_id, by=secretary, at=AT)
    for one in (secretary, other):
        assert queries.mediations_for(one).filter(pk=row.pk).exists()
    assert not queries.mediations_for(a_person("village_secretary", VILLAGE)).filter(pk=row.pk).exists()


def test_a_secretary_who_brings_a_child_before_the_committee_keeps_the_file_when_another_mediates(secretary):
    _, young = people.a_home(VILLAGE, name="周小山")
    Resident.objects.filter(pk=young.pk).update(born_on=date(2015, 6, 21))
    parties = [{"side": "applicant", "name": "赵二柱"}, {"side": "respondent", "resident": young.pk}]
    row = a_mediation(by=secretary, parties=parties)
    clerk = a_person("clerk")
    mediations.accept(mediation_id=row.pk, account=clerk.account_id, by=secretary, at=AT)
    assert queries.mediations_for(secretary).filter(pk=row.pk).exists()


def test_what_breaks_out_again_of_a_sealed_file_is_sealed(secretary):
    row = a_mediation(by=secretary, category="domestic_violence")
    party = Party.objects.filter(mediation=row).first()
    mediations.refuse(mediation_id=row.pk, party_id=party.pk, by=secretary, at=AT)
    assert a_mediation(by=secretary, category="marriage_family", before_id=row.pk).matter.is_sealed


def test_whoever_keeps_the_file_is_told_once_when_a_follow_up_is_due(secretary):
    an_agreement(a_mediation(by=secretary), secretary)
    assert mediations.tell_due(town=TOWN, at=AT + timedelta(days=6)) == 0
    assert mediations.tell_due(town=TOWN, at=AT + timedelta(days=7)) == 1
    assert mediations.tell_due(town=TOWN, at=AT + timedelta(days=7, hours=1)) == 0
    assert Notice.objects.filter(account=secretary.account_id, code="grid.follow_up_due").count() == 1


def test_the_signed_copy_is_shown_through_the_file_alone(secretary):
    row = an_agreement(a_mediation(by=secretary), secretary)
    paper = an_attachment(VILLAGE, subject=None, by=secretary, at=AT)
    mediations.add_paper(mediation_id=row.pk, file_ids=[paper.pk], by=secretary, at=AT)
    assert list(queries.files_of(row)) == [paper]
    assert not Attachment.objects.visible_to(a_person("clerk")).filter(pk=paper.pk).exists()


def test_acts_follow_the_state():
    today = AT.date()

    def acts(state, sessions=1, due=None):
        told = {"next_follow_up": due, "today": today, "may_here": lambda _: True}
        return rules.acts_open(state=state, sessions=sessions, **told)

    assert acts(MediationState.MEDIATING) == ["hold_sitting", "refuse", "fail", "agree"]
    assert acts(MediationState.AGREED, due=today) == ["follow_up", "add_paper", "bring_again"]
    assert acts(MediationState.AGREED, due=today + timedelta(days=1)) == ["add_paper", "bring_again"]
    assert acts(MediationState.AGREED) == ["close", "add_paper", "bring_again"]
    for over in rules.CLOSED:
        assert acts(over) == ["bring_again"]
    for going_on in rules.GOING_ON:
        assert "bring_again" not in acts(going_on)


def test_only_who_mediates_brings_an_old_quarrel_again():
    told = {"sessions": 1, "next_follow_up": None, "today": AT.date()}
    assert rules.acts_open(state=MediationState.CLOSED, **told, may_here=lambda _: False) == []


def test_over_http_names_are_masked_in_the_list_and_reading_the_file_is_written_down(secretary):
    row = a_mediation(by=secretary, at=clock.now())
    clerk = a_browser("clerk")
    (listed,) = clerk.get("/api/grid/mediations").json()["items"]
    assert [one["name"] for one in listed["parties"]] == ["赵**", "钱**"]
    assert listed["may"] == ["accept", "refuse"]
    before = Entry.objects.filter(act="grid.read_mediation").count()
    whole = clerk.get(f"/api/grid/mediations/{row.pk}").json()
    assert [one["name"] for one in whole["parties"]] == ["赵二柱", "钱三丫"]
    assert Entry.objects.filter(act="grid.read_mediation").count() == before + 1
    for role, area, status in (
        ("village_secretary", VILLAGE, 200),
        ("village_secretary", NEXT_VILLAGE, 404),
        ("clerk", OTHER_TOWN, 404),
        ("grid_worker", GRID, 403),
        ("villager", GRID, 403),
    ):
        assert a_browser(role, area).get(f"/api/grid/mediations/{row.pk}").status_code == status, (role, area)


@pytest.mark.parametrize("form", AgreementForm)
def test_an_agreement_goes_on_paper_with_places_to_sign(secretary, form):
    row = a_sitting(a_mediation(by=secretary), secretary)
    browser = a_browser("village_secretary", VILLAGE)
    at = f"/api/grid/mediations/{row.pk}/agreement.pdf"
    assert browser.get(at).status_code == 409
    told = {"content": "按渠口轮流浇", "method": "现金", "amount_fen": 123_450, "due_on": timezone.localdate(AT)}
    mediations.agree(mediation_id=row.pk, form=form, **told, by=secretary, at=AT)
    before = Entry.objects.filter(act="grid.read_mediation").count()
    sheet = browser.get(at)
    assert sheet.status_code == 200
    assert Entry.objects.filter(act="grid.read_mediation").count() == before + 1
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(sheet.content)).pages)
    names = [queries.who(party)["name"] for party in Party.objects.filter(mediation=row)]
    for said in (*names, row.matter.number, "按渠口轮流浇", "现金", "1,234.50 元", "孙有福", "人民调解委员会印章"):
        assert said in text
    assert text.count("指印") - text.count("按指印") == (len(names) if form == AgreementForm.WRITTEN else 0)
    assert ("口头协议" in text) == (form == AgreementForm.ORAL)
    for role, area in (("village_secretary", NEXT_VILLAGE), ("clerk", OTHER_TOWN)):
        assert a_browser(role, area).get(at).status_code == 404


def test_over_http_the_whole_way(monkeypatch):
    browser = a_browser("village_secretary", VILLAGE)

    def post(path, **body):
        return browser.post(f"/api/grid/mediations{path}", body, content_type=JSON)

    parties = [{"side": "applicant", "name": "赵二柱"}, {"side": "respondent", "name": "钱三丫"}]
    told = {"area": VILLAGE, "category": "neighbour", "origin": "own", "facts": "院墙过界", "parties": parties}
    made = post("", **told)
    assert made.status_code == 201
    at = f"/{made.json()['id']}"
    assert post(f"{at}/accept", mediator_name="孙有福").json()["state"] == "accepted"
    came = [one["id"] for one in made.json()["parties"]]
    held = post(f"{at}/sittings", held_at=clock.now().isoformat(), came=came, notes="都愿意让一步")
    assert held.json()["state"] == "mediating"
    done = post(f"{at}/agree", form="written", content="墙退半尺", amount_fen=0)
    assert (done.json()["state"], done.json()["agreement"]["content"]) == ("agreed", "墙退半尺")
    assert browser.get(f"/api/grid/mediations{at}/agreement.pdf").headers["Content-Type"] == "application/pdf"
    assert done.json()["may"] == ["add_paper", "bring_again"]
    early = post(f"{at}/follow_up", found="kept")
    assert (early.status_code, done.json()["follow_ups"][0]["due_on"] in early.json()["detail"]) == (409, True)
    assert post(f"{at}/close").status_code == 409
    later = clock.now() + timedelta(days=7)
    monkeypatch.setattr(clock, "now", lambda: later)
    browser = a_browser("village_secretary", VILLAGE)
    assert browser.get(f"/api/grid/mediations{at}").json()["may"] == ["follow_up", "add_paper", "bring_again"]
    assert post(f"{at}/follow_up", found="broken").status_code == 422
    followed = post(f"{at}/follow_up", found="kept").json()
    assert (followed["follow_ups_left"], followed["may"]) == (2, ["add_paper", "bring_again"])
    assert post("", **{**told, "area": NEXT_VILLAGE}).status_code == 404
    assert post("", **{**told, "category": "ufo"}).status_code == 422


def test_a_list_asks_as_much_for_one_as_for_three(secretary):
    clerk = a_browser("clerk")
    asked = []
    for more in (1, 2):
        for _ in range(more):
            a_mediation(by=secretary)
        with CaptureQueriesContext(connection) as seen:
            found = clerk.get("/api/grid/mediations").json()["items"]
        asked.append((len(found), len(seen)))
    assert [found for found, _ in asked] == [1, 3]
    assert asked[0][1] == asked[1][1] <= 15
