"""The door: what is refused, how, and that nothing of it stays."""

from __future__ import annotations

import json

import psycopg
import pytest
from django.db import IntegrityError
from django.test import Client
from pydantic.json_schema import models_json_schema

from xiangyun.entry import http

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/nothing", 404),
        ("/api/devices", 401),
        ("/api/session", 401),
        ("/api/areas", 401),
    ],
)
def test_refusals_are_problems_with_a_sentence(browser, path, status):
    answer = browser.get(path)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body.keys() >= {"type", "title", "status", "detail"}
    assert body["status"] == status
    assert answer["Cache-Control"] == "no-store"


def test_the_sentence_is_in_the_readers_language(browser):
    chinese = browser.get("/api/session").json()["detail"]
    english = browser.get("/api/session", headers={"Accept-Language": "en-GB"}).json()["detail"]
    assert chinese == "请先登录。"
    assert english == "Please sign in first."


def test_a_body_that_is_no_json_is_unreadable(browser):
    answer = browser.post("/api/session", "{nope", content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["title"] == "base.unreadable"


def test_wrong_fields_are_named_without_our_inner_names(browser):
    answer = browser.post("/api/session", "{}", content_type="application/json")
    assert answer.status_code == 422
    for error in answer.json()["errors"]:
        assert error["loc"][0] == "body"
        assert all(part.islower() for part in error["loc"])


def test_a_method_nobody_offers_is_said_so(browser):
    answer = browser.put("/api/session")
    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"


def test_a_key_nobody_made_opens_nothing(browser):
    assert browser.get("/api/areas", headers={"Authorization": "Bearer nothing"}).status_code == 401


def test_the_api_describes_itself_without_any_outside_host(browser):
    schema = browser.get("/api/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    page = browser.get("/api/docs").content.decode()
    assert "http" not in page.replace("<!doctype html>", "")
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js"):
        assert browser.get(f"/api/docs/{asset}").status_code == 200
    assert browser.get("/api/docs/secrets").status_code == 404


@pytest.mark.parametrize(("sqlstate", "status"), [("23505", 409), ("23503", 500)])
def test_who_was_second_is_told_so_and_another_fault_is_ours(rf, sqlstate, status):
    fault = IntegrityError()
    fault.__cause__ = psycopg.errors.lookup(sqlstate)()
    request = rf.post("/api/session")
    request.resolver_match = None
    answer = http._met_somebody(request, fault)
    assert answer.status_code == status
    assert json.loads(answer.content)["detail"].endswith("。")


def test_two_shapes_of_the_wire_never_share_a_name():
    """The schema names a shape by its class alone: of two of one name one would take the place of the other. Where two
    meet, pydantic calls each by its whole path."""
    wire = []
    for _, router in http.api._routers:
        for view in router.path_operations.values():
            for operation in view.operations:
                wire += [(model, "validation") for model in operation.models]
                wire += [
                    (model, "serialization") for model in operation.response_models.values() if isinstance(model, type)
                ]
    _, whole = models_json_schema(wire)
    assert len(whole["$defs"]) > 100
    assert [name for name in whole["$defs"] if name.startswith("xiangyun__")] == []
