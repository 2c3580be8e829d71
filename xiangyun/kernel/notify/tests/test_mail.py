"""Mail through a real SMTP conversation on loopback, with and without TLS."""

from dataclasses import replace

import pytest
from django.conf import settings

from tests.notify_peers.post import PASSWORD, USER, FakePost
from xiangyun.kernel.accounts.tests.factories import AT, a_person
from xiangyun.kernel.notify import rules
from xiangyun.kernel.notify.models import Delivery
from xiangyun.kernel.notify.rules import Urgency
from xiangyun.kernel.notify.tests.factories import a_contact, a_gateway, a_notice, mail_settings
from xiangyun.kernel.notify.tests.test_sending import later, run, states

pytestmark = pytest.mark.usefixtures("house", "declared")


@pytest.fixture
def post(tmp_path, monkeypatch):
    with FakePost(tmp_path) as running:
        monkeypatch.setattr(rules, "PATIENCE_S", 2.0)
        monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, private_hosts=(running.host,)))
        monkeypatch.setenv("SSL_CERT_FILE", str(running.certificate))
        yield running


@pytest.fixture
def person():
    somebody = a_person()
    a_contact(somebody, "qiang@example.cn", kind="mail")
    return somebody


def signed_in(post):
    return mail_settings(post.port, security="starttls", user=USER, secrets={"password": PASSWORD})


def test_a_mail_goes_over_tls_signed_in_with_the_whole_sentence(post, person):
    a_gateway(signed_in(post))
    a_notice(person, urgency=Urgency.SOON)
    run()
    (letter,) = post.letters
    assert (letter["From"], letter["To"], letter["Subject"]) == (
        "town@example.cn",
        "qiang@example.cn",
        "狼山镇的消息",
    )
    assert letter.get_content().strip() == "狼山镇：有大雨"
    assert letter["Message-ID"] == f"<{Delivery.objects.get().pk.hex}@example.cn>"
    assert (post.over_tls, post.signed_in) == ([True], [USER])
    assert states() == {("mail", "sent")}


def test_a_server_whose_certificate_nobody_knows_gets_nothing(post, person, monkeypatch):
    a_gateway(signed_in(post))
    monkeypatch.delenv("SSL_CERT_FILE")
    a_notice(person, urgency=Urgency.SOON)
    run()
    assert (post.letters, post.signed_in) == ([], [])
    assert states() == {("mail", "queued")}


def test_a_wrong_password_is_a_fault_that_is_shown(post, person):
    a_gateway({**signed_in(post), "secrets": {"password": "wrong"}})
    a_notice(person, urgency=Urgency.SOON)
    run()
    assert post.letters == []
    assert Delivery.objects.get().fault == "smtp_535"


def test_a_mailbox_that_is_none_is_tried_and_then_left(post, person):
    a_gateway(mail_settings(post.port))
    post.mode = "refuse"
    a_notice(person, urgency=Urgency.NOW)
    run()
    run(later(seconds=15))
    assert states() == {("mail", "failed")}
    assert Delivery.objects.get().fault == "smtp_recipient"


def test_a_mail_without_an_answer_goes_again_under_the_same_id(post, person):
    a_gateway(mail_settings(post.port))
    post.mode = "drop"
    a_notice(person, urgency=Urgency.SOON)
    run()
    assert states() == {("mail", "queued")}
    post.mode = "take"
    run(later(seconds=30))
    assert [one["Message-ID"] for one in post.letters] == [post.letters[0]["Message-ID"]] * 2
    assert states() == {("mail", "sent")}


def test_a_server_that_hangs_up_at_once_was_given_nothing(post, person):
    a_gateway(mail_settings(post.port))
    post.mode = "deaf"
    a_notice(person, urgency=Urgency.SOON)
    run()
    assert states() == {("mail", "queued")}
    assert Delivery.objects.get().fault == "no_line"


def test_a_head_line_cannot_be_smuggled_in(post, person):
    a_gateway(mail_settings(post.port))
    a_notice(person, urgency=Urgency.SOON, params={"inside": "x\r\nBcc: spy@example.cn\r\n.\r\nMAIL FROM:<a@b>"})
    run(AT)
    (letter,) = post.letters
    assert letter["Bcc"] is None
    assert "spy@example.cn" in letter.get_content()
