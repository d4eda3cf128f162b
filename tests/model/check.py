"""The invariants of each write, and of the stored items between any two calls."""
from items import claim_key, generation_of, generations_of, head_key, is_live, slot_key, slot_of_uid


class Violation(Exception):
    """An invariant or rule is broken."""


def must(holds, what):
    if not holds:
        raise Violation(what)


class Watch:
    """Checks each write."""

    def __init__(self):
        self.ids = set()

    def __call__(self, key, old, new):
        if key[0] == "slot" and is_live(new) and new["id"] != old.get("id"):
            must(new["id"] not in self.ids, f"the id {new['id']} is given twice")
            self.ids.add(new["id"])
        if key[0] == "slot" and old:
            must(new.get("REV") == old["REV"] + 1, f"{key}: the revision does not count the writes")
        must(new.get("FORGOTTEN_AT", 0) >= old.get("FORGOTTEN_AT", 0), f"{key}: the time of a tombstone goes back")
        if is_live(new) and is_live(old) and key[0] == "slot":
            must(new["updated_at"] >= old["updated_at"], f"{key}: updated_at goes back")


def check_stored(database, torn=False):
    """Checks the stored items, between any two calls. With `torn`, claims and profiles need not agree."""
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
        if key[0] == "claim" and "id" in item:
            must(torn or profiles.get(item["id"], {}).get("email") == key[1], f"the claim {key[1]} leads nowhere")
            must("EXPIRES_AT" not in item, f"the claim {key[1]} expires")
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
