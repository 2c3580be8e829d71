"""What the API's description needs beyond the routers: the doors that are processes of their own, who may come in, and
how a refusal looks."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI

PROBLEM = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "one sentence in the reader's language"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["loc", "msg"],
                "properties": {"loc": {"type": "array", "items": {"type": "string"}}, "msg": {"type": "string"}},
            },
        },
    },
}
REFUSED = {
    "description": "Refused: 400 unreadable, 401 nobody, 403 not allowed, 404 not there, 409 conflict, 422 wrong",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
TAKEN_IN = {
    "type": "object",
    "title": "TakenIn",
    "required": ["stored", "duplicate", "rejected"],
    "properties": {
        "stored": {"type": "integer"},
        "duplicate": {"type": "integer"},
        "rejected": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["index", "reason"],
                "properties": {
                    "index": {"type": "integer"},
                    "metric": {"type": "string"},
                    "reason": {"type": "string"},
                },
            },
        },
    },
}
RECORD = {
    "title": "Record",
    "description": "One object with one ts: `{ts?, seq?, values: {metric: value}}`, or flat `{metric: value, …}`.",
    "type": "object",
    "additionalProperties": True,
}
READY = {"type": "object", "additionalProperties": {"type": "string"}, "title": "Ready"}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _path_text(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _ingest(operation: str, parameter: str, security: list[dict[str, list[str]]]) -> dict[str, Any]:
    records = {"anyOf": [{"$ref": "#/components/schemas/Record"}, _list_of("Record")]}
    return {
        "post": {
            "operationId": operation,
            "summary": "Records of one device; 200 only after the commit",
            "tags": ["ingest"],
            "parameters": [_path_text(parameter)],
            "requestBody": {"required": True, **_json(records)},
            "responses": {"200": {"description": "OK", **_json({"$ref": "#/components/schemas/TakenIn"})}},
            "security": security,
        }
    }


def _list_of(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


DOORS: dict[str, Any] = {
    "/api/live": {
        "get": {
            "operationId": "live_listen",
            "summary": "Server-sent events: record, alert, work, device, figure, reset; resumable by Last-Event-ID",
            "tags": ["live"],
            "parameters": [{"name": "Last-Event-ID", "in": "header", "required": False, "schema": {"type": "string"}}],
            "responses": {
                "200": {"description": "OK", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
            },
        }
    },
    "/ingest/{key}": _ingest("ingest_send_records", "key", [{"device": []}]),
    "/api/v1/{secret}/telemetry": _ingest("ingest_send_telemetry", "secret", []),
    "/healthz": {
        "get": {
            "operationId": "entry_health",
            "summary": "The process lives",
            "tags": ["entry"],
            "responses": {"200": {"description": "OK", **_json(READY)}},
            "security": [],
        }
    },
    "/readyz": {
        "get": {
            "operationId": "entry_ready",
            "summary": "Database, broker, ingest and worker, each ok or a sentence",
            "tags": ["entry"],
            "responses": {
                "200": {"description": "all ok", **_json(READY)},
                "503": {"description": "not yet", **_json(READY)},
            },
            "security": [],
        }
    },
}


class Api(NinjaAPI):
    """The API with its description made whole."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """OpenAPI 3.1 of every door of the box."""
        schema = super().get_openapi_schema(**options)
        schema["paths"].update(DOORS)
        components = schema.setdefault("components", {})
        components.setdefault("schemas", {}).update(Problem=PROBLEM, TakenIn=TAKEN_IN, Record=RECORD)
        components["securitySchemes"] = {
            "session": {"type": "apiKey", "in": "cookie", "name": "xy_session"},
            "key": {"type": "http", "scheme": "bearer", "description": "a machine's key"},
            "device": {"type": "http", "scheme": "bearer", "description": "a device's secret"},
        }
        schema["security"] = [{"session": []}, {"key": []}]
        for operations in schema["paths"].values():
            for operation in operations.values():
                answers = {str(status): answer for status, answer in operation["responses"].items()}
                operation["responses"] = {**answers, "default": REFUSED}
        return schema
