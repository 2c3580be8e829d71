"""Red controls: break one promise of the box on purpose (`XY_CONTROL` says which), and the fault test must see it.

Python loads this file by its name when the folder stands in PYTHONPATH; nothing of the product knows of it.
"""

import asyncio
import importlib.abc
import importlib.machinery
import os
import sys


def acknowledge_before_commit(module):
    """The broker forgets a message before PostgreSQL has it."""
    honest = module.Puller._store

    async def _store(self, link, messages):
        for msg in messages:
            await link.publish(msg.reply, b"+ACK")
        await link.flush()
        await asyncio.sleep(0.5)
        await honest(self, link, messages)

    module.Puller._store = _store


def no_idempotency(module):
    """A repeated op_id is carried out again."""
    module.once = lambda request, *, by, at, carry_out: carry_out(request)


PATCHES = {
    "acknowledge_before_commit": ("xiangyun.entry.ingest.mqtt", acknowledge_before_commit),
    "no_idempotency": ("xiangyun.kernel.workflow.repeats", no_idempotency),
}


class Patching(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Lets the real module load, then breaks it."""

    def __init__(self, name, patch):
        self.name, self.patch = name, patch

    def find_spec(self, fullname, path, target=None):
        if fullname != self.name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        self.real, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec):
        return self.real.create_module(spec)

    def exec_module(self, module):
        self.real.exec_module(module)
        self.patch(module)


if os.environ.get("XY_CONTROL") in PATCHES:
    sys.meta_path.insert(0, Patching(*PATCHES[os.environ["XY_CONTROL"]]))
