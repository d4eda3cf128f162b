"""The stored state, as far as clients can observe it."""
from items import generations_of, is_live


def observed(database):
    """Returns the stored profiles by their ids as clients see them, with the uids of their companies, and the ids of merged profiles."""
    events = {}
    for key, item in database.items.items():
        if key[0] == "event":
            events.setdefault(key[1:3], []).append(item["name"])
    profiles, aliases = {}, {}
    live = {id: uid for uid, (id, _) in companies_of(database).items()}
    for key, item in database.items.items():
        if key[0] != "slot":
            continue
        if is_live(item):
            profiles[item["id"]] = (
                item.get("uid"), item.get("email"), frozenset(item["props"].items()),
                tuple(sorted(name for generation in generations_of(item) for name in events.get(generation, ()))),
                "last_cleared_at" in item, live.get(item.get("company_id")),
            )
        elif "ALIAS_ID" in item:
            aliases[item["ALIAS_ID"]] = item["ALIAS_OF"]
    return profiles, aliases


def companies_of(database):
    """Returns the stored companies by their uids: id and properties."""
    stored = [item for key, item in database.items.items() if key[0] == "company" and is_live(item)]
    return {item["uid"]: (item["id"], frozenset(item["props"].items())) for item in stored}
