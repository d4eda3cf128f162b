"""Torn states: claims and profiles that do not agree, as a restore of tables to different instants leaves them, or a change by hand.

A claim that is nobody's is an ordinary state. One whose profile has the address, but not the claim, is not.
"""
from dataclasses import replace

from items import claim_key, slot_key


def lose_profile(run, id):
    """Deletes a profile. Its claim stays."""
    lost = run.database.items.pop(slot_key(id.slot))
    state = run.state.without_profile(run.ids.number(id))
    run.state = replace(state, torn=state.torn | {lost["email"]})


def claim(run, email, id):
    """Makes the claim to an address name this id."""
    key = claim_key(email)
    old = {name: value for name, value in run.database.items.get(key, {}).items() if name not in ("EXPIRES_AT", "DELETION")}
    run.database.items[key] = old | {"id": id}
    run.state = replace(run.state, torn=run.state.torn | {email})
    run.torn |= any(item.get("email") == email for item in run.database.items.values())


def lose_claim(run, email):
    """Deletes the claim to an address. Its profile stays."""
    del run.database.items[claim_key(email)]
    run.torn = True


def share(run, email, id):
    """Gives a profile an address that another one has, too. The claim stays."""
    run.database.items[slot_key(id.slot)]["email"] = email
    number = run.ids.number(id)
    run.state = run.state.with_profile(number, replace(run.state.profile(number), email=email))
    run.torn = True
