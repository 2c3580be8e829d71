"""The doors records come in by: HTTP (this application, on Granian RSGI) and MQTT (`python -m … mqtt`).

Both hand bodies to `store.carry_out`: one transaction for all that wait, acknowledged after the commit.
"""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangyun.entry.settings")
django.setup(set_prefix=False)

from xiangyun.entry.ingest.door import Application  # noqa: E402 -- needs the apps loaded

application = Application()
