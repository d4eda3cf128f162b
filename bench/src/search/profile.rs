//! The profiles: a little less than a kilobyte each.

use serde_json::{Value, json};

use super::share::Share;

/// One in so many profiles is a member of a company.
const MEMBERS: usize = 10;
/// The companies of an account.
const COMPANIES: usize = 20;
/// One in so many users has recorded an event.
const ACTIVE: usize = 20;
/// Words that fill a profile up.
const ABOUT: &str = "Builds reports for the revenue team, likes short meetings and long lunches, asks for exports to a spreadsheet about once a \
    week, and reads what is new on the first day of each month. Has used three other products before, and says so often. Came by a friend's \
    word, stayed for the charts, and would like them in other colors. Answers surveys in the evening, mostly with a sentence or two, and \
    never about prices. Wants to be called by the first name, and not before ten.";

/// Whether the user with this number has recorded an event.
pub(super) fn is_active(number: usize) -> bool {
    number.is_multiple_of(ACTIVE)
}

/// Returns a user's uid.
pub(super) fn uid(number: usize) -> String {
    format!("user-{number:06}")
}

/// Returns a user's address.
pub(super) fn email(number: usize) -> String {
    format!("jane.{number:06}@acme.software")
}

/// Writes the upsert of the profile with this number.
pub(super) fn body(number: usize) -> Value {
    // A string that one in fifty has, in some case.
    let animal = if Share::Fiftieth.has(number) { "CHAMELEON" } else { "tortoise" };
    let mut body = json!({
        "uid": uid(number),
        "email": email(number),
        "first_name": "Jane",
        "last_name": format!("Chameleon the {number}th"),
        "role": (["admin", "owner", "user", "guest"][number % 4]),
        "plan": (["free", "silver", "gold"][number % 3]),
        "invites": number % 7,
        "last_login": "2029-04-29T09:00:00.000Z",
        "locale": "en-US",
        "time_zone": "Europe/Berlin",
        "tags": ["beta", "newsletter", (["north", "south"][number % 2])],
        "traits": {"team": (["sales", "support", "product"][number % 3]), "seats": number % 11, "trial": false},
        "animal": format!("likes the {animal} best"),
        "about": ABOUT,
    });
    for share in Share::SOME {
        body[share.property()] = if share.has(number) { "yes" } else { "no" }.into();
    }
    if number.is_multiple_of(MEMBERS) {
        body["company_uid"] = format!("company-{}", number / MEMBERS % COMPANIES).into();
    }
    body
}
