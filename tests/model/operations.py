"""The operations of a run: their requests, and the generators that run them."""
from dataclasses import dataclass
from typing import Optional

import batch
import deletions
import events
import heal
from batch_items import Batch
from caller import Refused
from find import find
from identity import upsert
from items import Identity


@dataclass
class Operation:
    """A client's request, or a worker's batch."""
    do: str
    """`upsert`, `event`, `clear`, `forget`, `retrieve`, `batch`, or `repair`, which is no client's."""
    identity: Identity = Identity()
    prop: Optional[str] = None
    value: object = None
    name: Optional[str] = None
    key: Optional[str] = None
    batch: Optional[Batch] = None

    def __str__(self):
        if self.do == "batch":
            items = ", ".join(f"{item.index}:{_named(item.identity)} {item.prop}={item.value}" for item in self.batch.items)
            return f"batch {self.batch.name}{' ignore' * self.batch.ignore} [{items}]"
        more = {"upsert": f" {self.prop}={self.value}", "event": f" {self.name}" + (f" key {self.key}" if self.key else "")}
        return f"{self.do} {_named(self.identity)}{more.get(self.do, '')}"

    def run(self, caller):
        """Runs it. Returns its answer: status and profile. A batch returns nothing."""
        try:
            match self.do:
                case "upsert":
                    written = yield from upsert(caller, self.identity, {self.prop: self.value})
                    return 200, written.id
                case "event":
                    yield from events.track(caller, self.identity, self.name, self.key)
                    return 200, None
                case "clear":
                    return 200, (yield from deletions.clear(caller, self.identity))
                case "forget":
                    return 200, (yield from deletions.forget(caller, self.identity))
                case "retrieve":
                    return 200, (yield from find(self.identity, caller.fixes))["id"]
                case "repair":
                    yield from heal.reclaim(caller.fixes, self.identity.email, self.identity.id)
                    return 200, None
                case "batch":
                    yield from batch.work(caller, self.batch)
                    return None
        except Refused as refusal:
            return refusal.status, None
        raise ValueError(self.do)


def _named(identity):
    named = "/".join(f"{name}={value}" for name, value in zip(identity._fields[:3], identity) if value is not None) or "nobody"
    return f"{named}/unset" if identity.unsets else named
