"""The stored state, as far as clients can observe it."""
from items import generations_of, is_live


def observed(database):
    """Returns the stored profiles by their ids as clients see them, and the ids of merged profiles."""
    events = {}
    for key, item in database.items.items():
        if key[0] == "event":
            events.setdefault(key[1:3], []).append(item["name"])
    profiles, aliases = {}, {}
    for key, item in database.items.items():
        if key[0] != "slot":
            continue
        if is_live(item):
            profiles[item["id"]] = (
                item.get("uid"), item.get("email"), frozenset(item["props"].items()),
                tuple(sorted(name for generation in generations_of(item) for name in events.get(generation, ()))),
                "last_cleared_at" in item,
            )
        elif "ALIAS_ID" in item:
            aliases[item["ALIAS_ID"]] = item["ALIAS_OF"]
    return profiles, aliases
