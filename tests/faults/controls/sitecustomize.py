"""What is done to a box from within: `XY_CONTROL` names, with commas, what to change of it.

Most are red controls: they break one promise on purpose, and the fault test must see it. Python loads this file by its
name when the folder stands in PYTHONPATH; nothing of the product knows of it.
"""

import asyncio
import importlib.abc
import importlib.machinery
import os
import signal
import sys
import time
from pathlib import Path


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


def die_in_hand(module):
    """No control: `kill -9` of the MQTT reader once, at the moment that the file XY_TRAP says.

    It says `before` or `after` (the commit), a device's key and how many messages of it the batch must hold; their
    bodies are written beside it.
    """
    honest = module.Puller.take_in
    trap = Path(os.environ["XY_TRAP"])

    def die(held):
        # Until the next batch has come, too.
        time.sleep(0.5)
        trap.with_suffix(".held").write_bytes(b"\n".join(held))
        trap.unlink()
        os.kill(os.getpid(), signal.SIGKILL)

    def take_in(self, messages):
        moment, key, least = trap.read_text().split() if trap.exists() else ("never", "", 0)
        held = [message.body for message in messages if message.key == key]
        is_due = len(held) >= int(least)
        if is_due and moment == "before":
            die(held)
        is_done = honest(self, messages)
        if is_due and moment == "after":
            die(held)
        return is_done

    module.Puller.take_in = take_in


def no_reserve(module):
    """The doors never look how much room is left."""
    module.is_short = lambda folder: False


def fsync_off(module):
    """PostgreSQL answers "committed" before the disk has it, and the box starts it all the same."""
    honest = module.command

    def command(config, settings=None):
        return honest(config, {**(settings or {}), "fsync": "off"})

    module.command = command
    module.assert_safe = lambda config: None


def default_sync(module):
    """The broker syncs when it likes to: every two minutes."""
    honest = module.write_config

    def write_config(config):
        honest(config)
        file = config.nats / "nats.conf"
        kept, line, rest = file.read_text(encoding="utf-8").partition("  sync_interval: always\n")
        assert line
        file.write_text(kept + rest, encoding="utf-8")

    module.write_config = write_config
    module.check_safe = lambda config: None


def no_lock(module):
    """However often somebody guesses, the door stays open."""
    module.locked_until = lambda failures, most=0: None


def hashes_unread(module):
    """The verifier of the audit walks the chain and takes every hash for the right one."""
    honest = module._links

    class Unread(bytes):
        def __ne__(self, other):
            return False

        __hash__ = bytes.__hash__

    def _links(town):
        for seq, entry_id, stored, row in honest(town):
            yield seq, entry_id, Unread(stored), row

    module._links = _links


def forget_ledger(module):
    """The town knows nothing of what a phone sent before: it is let in again, under an id of its own."""
    drafted, receipt = module._drafted, module.items._receipt
    called = {}

    def under_a_new_id(*told):
        item, text = drafted(*told)
        plain = module._Keys(item.area_path).opened(told[0])
        item.pk = module.ids.uuid7()
        called[item.pk] = told[0].id
        item.outcome_sealed = None
        module._put_body(item, plain, told[4])
        return item, text

    def in_the_old_name(item, *told):
        return {**receipt(item, *told), "id": called.get(item.pk, item.pk)}

    module._known = lambda sent: {}
    module._drafted = under_a_new_id
    module.items._receipt = in_the_old_name


def no_pretend_devices(module):
    """No control: the demo without those who play in it, for a machine that has better things to do."""
    honest = module.services
    module.services = lambda config: [process for process in honest(config) if process.name != "demo"]


PATCHES = {
    "acknowledge_before_commit": ("xiangyun.entry.ingest.mqtt", acknowledge_before_commit),
    "default_sync": ("xiangyun.box.nats", default_sync),
    "die_in_hand": ("xiangyun.entry.ingest.mqtt", die_in_hand),
    "no_reserve": ("xiangyun.base.disk", no_reserve),
    "fsync_off": ("xiangyun.box.postgres", fsync_off),
    "forget_ledger": ("xiangyun.kernel.offline.actions.intake", forget_ledger),
    "hashes_unread": ("xiangyun.kernel.audit.queries", hashes_unread),
    "no_lock": ("xiangyun.base.locks", no_lock),
    "no_idempotency": ("xiangyun.kernel.workflow.repeats", no_idempotency),
    "no_pretend_devices": ("xiangyun.box.processes", no_pretend_devices),
}


class Patching(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Lets the real module load, then changes it."""

    def __init__(self, name, patches):
        self.name, self.patches = name, patches

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
        for patch in self.patches:
            patch(module)


chosen = [PATCHES[name] for name in os.environ.get("XY_CONTROL", "").split(",") if name]
for name in {name for name, _ in chosen}:
    sys.meta_path.insert(0, Patching(name, [patch for module, patch in chosen if module == name]))
