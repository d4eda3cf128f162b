"""The invariants of each write, and of the stored items between any two calls."""
from items import claim_key, generation_of, generations_of, head_key, is_live, slot_key, slot_of_uid


class Violation(Exception):
    """An invariant or rule is broken."""


def must(holds, what):
    if not holds:
        raise Violation(what)


class Watch:
    """Checks each write."""

    def _company(self, key, old, new):
        must(new.get("REV") == old.get("REV", 0) + 1, f"{key}: the revision does not count the writes")
        if is_live(old):
            must("id" not in new or new["id"] == old["id"], f"{key}: a company is founded over another one")
            must(new.get("updated_at", new.get("FORGOTTEN_AT")) >= old["updated_at"], f"{key}: updated_at goes back")
        elif is_live(new):
            must(new["id"].second > old.get("LAST", -1), f"{key}: the id {new['id']} is given twice")
            must(new["updated_at"] > old.get("FORGOTTEN_AT", -1) or not old, f"{key}: a company is older than the tombstone before it")

    def _member(self, key, old, new):
        before, after = old.get("company_id"), new.get("company_id")
        if after not in (None, before):
            named = self.actor and getattr(self.actor.operation, "company", None)
            inherits = self.actor and self.actor.operation.do != "batch" and named is None
            earlier = [one for known, one in self.joined.get(after, []) if inherits]
            self.joined.setdefault(after, []).extend((new["id"], one) for one in [self.actor, *earlier])
        is_barrier = is_live(new) and new == old | {"REV": new["REV"]}
        if (self.actor is None or self.actor.operation.do in ("delete", "resume")) and is_live(old) and not is_barrier:
            must(before in self.gone, f"{key} is touched by a deletion, but is no member")
            self.gone[before][2] += 1
            if is_live(new):
                must(not self.gone[before][1], f"{key} is taken off by a cascade, instead of forgotten")
                is_alike = new["props"] == old["props"] and new["updated_at"] >= old["updated_at"] and after is None
                must(is_alike, f"{key}: a take-off changes more")

    def __init__(self):
        self.ids = set()
        self.actor = None
        """The invocation that writes; `None` is the sweep."""
        self.gone = {}
        """The deleted companies, each with its journal, whether it cascades, and how many members it took off or forgot."""
        self.joined = {}
        """The invocations that made each profile a member of each company."""

    def __call__(self, key, old, new):
        if key[0] == "journal" and new.get("doing") == "company" and not old:
            self.gone[new["company"]] = [key, new["cascade"], 0]
        if key[0] == "company":
            self._company(key, old, new)
        if key[0] == "slot":
            self._member(key, old, new)
        if key[0] == "slot" and is_live(new) and new["id"] != old.get("id"):
            must(new["id"] not in self.ids, f"the id {new['id']} is given twice")
            self.ids.add(new["id"])
        if key[0] == "slot" and old:
            must(new.get("REV") == old["REV"] + 1, f"{key}: the revision does not count the writes")
        must(new.get("FORGOTTEN_AT", 0) >= old.get("FORGOTTEN_AT", 0), f"{key}: the time of a tombstone goes back")
        if is_live(new) and is_live(old) and key[0] == "slot":
            must(new["updated_at"] >= old["updated_at"], f"{key}: updated_at goes back")


def check_stored(database, torn=False):
    """Checks the stored items, between any two calls. With `torn`, a profile with an address need not have the claim."""
    items = database.items
    profiles = {item["id"]: item for key, item in items.items() if key[0] == "slot" and is_live(item)}
    for attribute in ("uid",) if torn else ("uid", "email"):
        values = [item[attribute] for item in profiles.values() if attribute in item]
        must(len(values) == len(set(values)), f"two profiles share a {attribute}")
    for id, item in profiles.items():
        if "email" in item and not torn:
            must(items.get(claim_key(item["email"]), {}).get("id") == id, f"{item['email']} is not claimed by its profile")
        if "uid" in item and id.slot != slot_of_uid(item["uid"]):
            must(items.get(slot_key(slot_of_uid(item["uid"])), {}).get("ALIAS_OF") == id, f"the slot of {item['uid']} does not lead to it")
    for key, item in items.items():
        if key[0] == "claim":
            must("id" not in item or "EXPIRES_AT" not in item, f"the claim {key[1]} expires")
        if key[0] == "slot" and (is_live(item) or "ALIAS_OF" in item):
            must("EXPIRES_AT" not in item, f"{key} expires")
        if key[0] == "slot" and "ALIAS_OF" in item:
            must(item["ALIAS_OF"] in profiles, f"the alias {key} leads nowhere")
    check_heads(items, profiles)


def check_heads(items, profiles):
    """Checks that every head has the sums of its profile's records, and that those of nobody are closed."""
    counted = {}
    for key, item in items.items():
        if key[0] == "event":
            names = counted.setdefault(key[1:3], {})
            names[item["name"]] = names.get(item["name"], 0) + 1
    for id, profile in profiles.items():
        head, names = items.get(head_key(id), {}), {}
        for generation in generations_of(profile):
            for name, count in counted.get(tuple(generation), {}).items():
                names[name] = names.get(name, 0) + count
        must("CLOSED" not in head, f"the head of {id} is closed")
        must(head.get("GENERATION", 0) == generation_of(profile).number, f"the head of {id} is of another generation")
        must(head.get("names", {}) == names, f"the head of {id} has other sums than its records: {head} {names}")
    for key, head in items.items():
        if key[0] == "head" and key[1] not in profiles:
            must("CLOSED" in head, f"the head of {key[1]}, which is not there, is open")


def check_records(database):
    """Checks, after the sweep, that every record belongs to a profile's current generation."""
    generations = set()
    for key, item in database.items.items():
        if key[0] == "slot" and is_live(item):
            generations |= generations_of(item)
    for key in database.items:
        if key[0] == "event":
            must(key[1:3] in generations, f"{key} is a record of nobody")


def check_members(database, watch, by_index):
    """Checks, when all deletions of companies are complete, that nobody was left in one but by a call that came too late. (`by_index`: the
    index showed every write at once.)"""
    for key, item in database.items.items():
        if key[0] == "slot" and is_live(item) and item.get("company_id") in watch.gone and by_index:
            joined = [one for id, one in watch.joined[item["company_id"]] if id == item["id"]]
            must(any(one.crashed or one.passes > 1 for one in joined), f"{key} is still a member of the deleted {item['company_id']}")


def check_companies(database, watch):
    """Checks, after the sweep has closed everything, that deletions of companies left nothing."""
    live = {item["id"] for key, item in database.items.items() if key[0] == "company" and is_live(item)}
    for key, item in database.items.items():
        if key[0] == "slot" and is_live(item):
            must(item.get("company_id") is None or item["company_id"] in live, f"{key} is a member of {item.get('company_id')}, which is gone")
        must(key[0] != "marker", f"{key} is left")
        if key[0] == "journal" and item["doing"] == "company":
            must("completed" in item and "closed" in item, f"{key} is not finished")
        if key[0] == "company" and not is_live(item):
            must(("journal", item["DELETION"]) in database.items, f"the tombstone {key} leads nowhere")
    for company, (key, _, left) in watch.gone.items():
        counted = database.items[key]["profiles"]
        must(counted == left, f"{left} members were taken off {company}, and {counted} counted")
