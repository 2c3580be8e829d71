"""What is sent to a gateway and how its answer is read, as its paper says it: words with places to fill, no code.

A place is `{to}`, `{text}`, `{key}` (our own id of the message: the same each time it is tried), `{ref}` (the gateway's
id), `{time}` (seconds since 1970) or `{secret.name}`. Plain Python: no database, no line.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from xiangyun.base.outside import Answer, Call
from xiangyun.kernel.notify.rules import State

PLACE = re.compile(r"\{([a-z]+(?:\.[a-z0-9_]+)?)\}")
KNOWN = frozenset({"to", "text", "key", "ref", "time"})
MOST_RECEIPTS = 200
# Answers with which a gateway says that it did not take the message: nothing was sent. Not 503, which somebody in
# between may say after it was taken; nor 302 and 303, which may come of a message that was.
NOT_TAKEN = frozenset({301, 307, 308, 400, 401, 403, 404, 405, 411, 413, 415, 422, 429})


def places(value: Any) -> Iterator[str]:
    """Every place to fill, however deep."""
    if isinstance(value, str):
        yield from PLACE.findall(value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from places(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from places(inner)


def unknown(value: Any, secrets: Mapping[str, str]) -> list[str]:
    """Places that nothing would fill."""
    known = KNOWN | {f"secret.{name}" for name in secrets}
    return sorted(set(places(value)) - known)


def filled(value: Any, facts: Mapping[str, str]) -> Any:
    """A template with its places filled; what is filled in is data and never a template again."""
    if isinstance(value, str):
        return PLACE.sub(lambda found: facts.get(found[1], ""), value)
    if isinstance(value, Mapping):
        return {name: filled(inner, facts) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, facts) for inner in value]
    return value


def call(request: Mapping[str, Any], facts: Mapping[str, str], secrets: Mapping[str, str]) -> Call:
    """The HTTP request of a message (or of the question what became of one)."""
    told = {**facts, **{f"secret.{name}": value for name, value in secrets.items()}}
    url = PLACE.sub(lambda found: quote(told.get(found[1], ""), safe=""), request["url"])
    headers = filled(request.get("headers") or {}, told)
    body: bytes | None = None
    parts = filled(request.get("body") or {}, told)
    if request["method"] == "GET":
        if parts:
            url += ("&" if "?" in url else "?") + urlencode(parts)
    elif request.get("form") == "form":
        body = urlencode(parts).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", **headers}
    else:
        body = json.dumps(parts, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", **headers}
    if signing := request.get("sign"):
        key = secrets.get(signing["secret"], "").encode()
        signed = body if body is not None else url.partition("?")[2].encode()
        headers[signing["header"]] = hmac.new(key, signed, hashlib.sha256).hexdigest()
    return Call(request["method"], url, {"User-Agent": "Xiangyun", "Accept": "application/json", **headers}, body)


def read(body: bytes) -> Any:
    """What stands in an answer or a report: JSON, else a form, else nothing."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        pass
    try:
        return dict(parse_qsl(body.decode(), max_num_fields=100))
    except (ValueError, UnicodeDecodeError):
        return {}


def at_path(value: Any, path: str) -> str:
    """What stands at `data.0.code` of an answer, as text; empty where nothing stands."""
    for part in path.split(".") if path else ():
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, Mapping):
            value = value.get(part)
        else:
            return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else ""


def is_taken(answer: Answer, reading: Mapping[str, Any]) -> bool | None:
    """Whether the gateway says that it has the message; None where it says neither yes nor no."""
    if answer.status in NOT_TAKEN:
        return False
    if not 200 <= answer.status < 300:
        return None
    if not reading.get("good_path"):
        return True
    said = at_path(read(answer.body), reading["good_path"])
    return said in reading["good"] if said else None


def state_of(said: str, states: Mapping[str, str]) -> str:
    """What a gateway's word for a state is among ours; empty for a word nobody explained."""
    return states.get(said, "")


def reports(body: bytes, reading: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(our key, the gateway's ref, our word for the state) of each receipt in what a gateway sent by itself."""
    value = read(body)
    for part in reading["list_path"].split(".") if reading.get("list_path") else ():
        value = value.get(part) if isinstance(value, Mapping) else None
    found = value if isinstance(value, list) else [value]
    told = [
        (
            at_path(one, reading.get("key_path") or "") if reading.get("key_path") else "",
            at_path(one, reading.get("ref_path") or "") if reading.get("ref_path") else "",
            state_of(at_path(one, reading["state_path"]), reading["states"]),
        )
        for one in found[:MOST_RECEIPTS]
    ]
    return [one for one in told if one[2] and (one[0] or one[1])]


# What a gateway's words may be translated into. `unknown`: it never had the message; `heard`: a human said so.
WORDS = (State.SENT.value, State.DELIVERED.value, State.FAILED.value, "unknown", "heard")
