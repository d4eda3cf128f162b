"""The operations of a run: their requests, and the generators that run them."""
from dataclasses import dataclass
from typing import Optional

import batch
import claims
import companies
import company_deletions
import deletions
import events
from batch_items import Batch
from caller import Refused
from find import find
from identity import upsert
from items import Identity, ProfileId


@dataclass
class Operation:
    """A client's request, or a worker's batch."""
    do: str
    """`upsert`, `event`, `clear`, `forget`, `retrieve`, `batch`, `company` (an upsert of one), `delete` (a company), `retrieve company`; or
    `repair` and `resume` (what the sweep does with deletions of companies), which are no client's."""
    identity: Identity = Identity()
    prop: Optional[str] = None
    value: object = None
    name: Optional[str] = None
    key: Optional[str] = None
    batch: Optional[Batch] = None
    company: Optional[str] = None
    """The uid of a company, or `LEAVE`."""
    company_id: Optional[ProfileId] = None
    gives: object = None
    """The value of a property that an upsert gives to its company."""
    cascade: bool = False

    def __str__(self):
        if self.do == "batch":
            items = ", ".join(
                f"{item.index}:{_named(item.identity) if item.identity else 'company'} {item.prop}={item.value}"
                f"{f' in {item.company}' if item.company else ''}" for item in self.batch.items
            )
            return f"batch {self.batch.name}{' ignore' * self.batch.ignore} [{items}]"
        if self.do in ("company", "delete", "retrieve company", "resume"):
            return f"{self.do} {self.company_id or self.company}{f' {self.prop}={self.value}' * bool(self.prop)}{' cascade' * self.cascade}"
        member = f" in {self.company}{' given' * bool(self.gives)}" if self.company else ""
        more = {"upsert": f" {self.prop}={self.value}{member}", "event": f" {self.name}" + (f" key {self.key}" if self.key else "")}
        return f"{self.do} {_named(self.identity)}{more.get(self.do, '')}"

    def run(self, caller):
        """Runs it. Returns its answer: status and profile. A batch returns nothing."""
        try:
            match self.do:
                case "upsert":
                    given = ("plan", self.gives) if self.gives else None
                    written = yield from upsert(caller, self.identity, {self.prop: self.value}, company=self.company, given=given)
                    return 200, written.id
                case "event":
                    yield from events.track(caller, self.identity, self.name, self.key)
                    return 200, None
                case "clear":
                    return 200, (yield from deletions.clear(caller, self.identity))
                case "forget":
                    return 200, (yield from deletions.forget(caller, self.identity))
                case "retrieve":
                    found = yield from find(self.identity, caller.fixes)
                    return 200, found["id"], (yield from companies.shown(found))
                case "company":
                    return 200, (yield from companies.upsert_company(caller, self.company, self.company_id, self.prop, self.value))
                case "delete":
                    return 200, (yield from company_deletions.delete(caller, self.company, self.company_id, self.cascade))
                case "retrieve company":
                    return 200, (yield from companies.retrieve_company(self.company))
                case "resume":
                    yield from company_deletions.resume(caller)
                    return 200, None
                case "repair":
                    yield from claims.reclaim(caller.fixes, self.identity.email, self.identity.id)
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
