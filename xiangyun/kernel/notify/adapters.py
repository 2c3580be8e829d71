"""The lines to the gateways: SMS and calls over HTTP as the gateway's paper says it, mail over SMTP."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import time
from collections.abc import Collection
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from xiangyun.base import outside
from xiangyun.base.outside import Unanswered, Unreached
from xiangyun.kernel.notify import rules, templates
from xiangyun.kernel.notify.actions.sending import HEARD, SILENT, UNKNOWN, UNREACHED, Outcome, Parcel
from xiangyun.kernel.notify.rules import Channel, State


def send(parcel: Parcel, *, private: Collection[str], at: float) -> Outcome:
    """Send one message; every end of it is an outcome, nothing is raised."""
    if parcel.channel is Channel.MAIL:
        return _mail(parcel, private)
    facts = {"to": parcel.to, "text": parcel.text, "key": parcel.delivery_id.hex, "time": str(int(at))}
    told = parcel.settings
    try:
        call = templates.call(told["request"], facts, told["secrets"])
        answer = outside.ask(call, private=private, patience_s=rules.PATIENCE_S)
    except Unreached as fault:
        return Outcome(UNREACHED, fault=fault.code)
    except Unanswered as fault:
        return Outcome(State.UNSURE, fault=fault.code)
    reading = told.get("answer") or {}
    taken = templates.is_taken(answer, reading)
    if taken:
        said = templates.at_path(templates.read(answer.body), reading["ref_path"]) if reading.get("ref_path") else ""
        return Outcome(State.SENT, ref=said)
    return Outcome(State.UNSURE if taken is None else UNREACHED, fault=_why(answer, reading))


def ask(parcel: Parcel, *, private: Collection[str], at: float) -> Outcome:
    """Ask the gateway what became of a message."""
    told = parcel.settings
    reading = told.get("status")
    if not reading:
        return Outcome(SILENT)
    facts = {"key": parcel.delivery_id.hex, "ref": parcel.ref, "time": str(int(at))}
    try:
        answer = outside.ask(
            templates.call(reading, facts, told["secrets"]), private=private, patience_s=rules.PATIENCE_S
        )
    except (Unreached, Unanswered) as fault:
        return Outcome(SILENT, fault=fault.code)
    if answer.status == 404 and reading.get("absent") == "unknown":
        return Outcome(UNKNOWN)
    if not 200 <= answer.status < 300:
        return Outcome(SILENT, fault=f"http_{answer.status}")
    said = templates.at_path(templates.read(answer.body), reading["state_path"])
    word = templates.state_of(said, reading["states"])
    return Outcome(word or SILENT, fault="gateway_failed" if word == State.FAILED else "")


def heard(body: bytes, reading: dict[str, Any]) -> list[tuple[UUID | None, str, Outcome]]:
    """The receipts in what a gateway sent by itself: our key, or its ref, and what became of the message."""
    told = []
    for key, ref, word in templates.reports(body, reading):
        try:
            ours = UUID(key) if key else None
        except ValueError:
            ours = None
        if (ours or ref) and word in (State.SENT, State.DELIVERED, State.FAILED, HEARD):
            told.append((ours, ref, Outcome(word, fault="gateway_failed" if word == State.FAILED else "")))
    return told


def _why(answer: outside.Answer, reading: dict[str, Any]) -> str:
    said = templates.at_path(templates.read(answer.body), reading["fault_path"]) if reading.get("fault_path") else ""
    return rules.without_numbers(said) or f"http_{answer.status}"


class _Post(smtplib.SMTP):
    """SMTP over a line to the address that was judged."""

    def __init__(self, line: socket.socket, host: str) -> None:
        self._line = line
        super().__init__(host, 0, timeout=rules.PATIENCE_S)
        self._host = host

    def _get_socket(self, _host: str, _port: int, _timeout: float) -> socket.socket:
        return self._line


def _mail(parcel: Parcel, private: Collection[str]) -> Outcome:
    told = parcel.settings
    host, port = told["host"].lower(), int(told["port"])
    until = time.monotonic() + rules.PATIENCE_S
    try:
        line = outside.line_to(host, port, private=private, patience_s=rules.PATIENCE_S)
    except Unreached as fault:
        return Outcome(UNREACHED, fault=fault.code)
    with outside.Fuse(line, max(0.1, until - time.monotonic())):
        try:
            return _posted(line, host, parcel)
        finally:
            line.close()


def _posted(line: socket.socket, host: str, parcel: Parcel) -> Outcome:
    told = parcel.settings
    handed, post = False, None
    try:
        if told["security"] == "tls":
            line = outside.wrapped(line, host)
        post = _Post(line, host)
        if told["security"] == "starttls":
            post.starttls(context=ssl.create_default_context())
        if told["user"]:
            post.login(told["user"], told["secrets"].get("password", ""))
        letter = _letter(parcel)
        handed = True
        post.send_message(letter)
        with contextlib.suppress(OSError, smtplib.SMTPException):
            post.quit()
        return Outcome(State.SENT, ref=str(letter["Message-ID"]))
    except Unreached as fault:
        return Outcome(UNREACHED, fault=fault.code)
    except smtplib.SMTPResponseException as fault:
        # It answered, and the answer was no: the letter was not taken.
        return Outcome(UNREACHED, fault=f"smtp_{fault.smtp_code}")
    except smtplib.SMTPRecipientsRefused:
        return Outcome(UNREACHED, fault="smtp_recipient")
    except (OSError, smtplib.SMTPException, ValueError):
        return Outcome(State.UNSURE if handed else UNREACHED, fault="no_answer" if handed else "no_line")
    finally:
        if post is not None:
            post.close()


def _letter(parcel: Parcel) -> EmailMessage:
    letter = EmailMessage()
    sender: str = parcel.settings["sender"]
    letter["From"], letter["To"], letter["Subject"] = sender, parcel.to, parcel.title
    letter["Message-ID"] = f"<{parcel.delivery_id.hex}@{sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(parcel.text)
    return letter
