"""The API's own page: Swagger UI from the files that Ninja ships, nothing from outside."""

from __future__ import annotations

from pathlib import Path

import ninja
from django.http import Http404, HttpRequest, HttpResponse

SHIPPED = Path(ninja.__file__).parent / "static" / "ninja"
ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon.png": "image/png",
}
START = """window.addEventListener("load", () => SwaggerUIBundle({
  url: "/api/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null,
  requestInterceptor: (request) => {
    const token = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/);
    if (token) request.headers["X-CSRFToken"] = token[1];
    return request;
  },
}));
"""
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Xiangyun API</title>
<link rel="icon" href="/api/docs/favicon.png"><link rel="stylesheet" href="/api/docs/swagger-ui.css">
</head><body><div id="api"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script><script src="/api/docs/start.js"></script>
</body></html>
"""


def page(request: HttpRequest) -> HttpResponse:
    """`GET /api/docs`."""
    return HttpResponse(PAGE)


def asset(request: HttpRequest, name: str) -> HttpResponse:
    """One of the page's files."""
    if name == "start.js":
        return HttpResponse(START, content_type="text/javascript")
    if name not in ASSETS or not (SHIPPED / name).is_file():
        raise Http404
    return HttpResponse((SHIPPED / name).read_bytes(), content_type=ASSETS[name])
