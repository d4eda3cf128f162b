//! Names of properties: with marks and cases, names that become the same, reserved ones, and any.

use super::Dice;

const KNOWN: [&str; 34] = [
    "plan",
    "Plan",
    "userRole",
    "user_role",
    "User Role",
    "user-role",
    "HTTPServer",
    "http_server",
    "plan2Name",
    "เสื่อ",
    "เสื้อ",
    "पत्नी",
    "নাম্বার",
    "orúkọ\u{300}",
    "İsim",
    "e\u{301}cole",
    "école",
    "ÉCOLE",
    "seen_at",
    "Renewal Date",
    "started_on",
    "loadTime",
    "created",
    "annual_revenue",
    "orderIds",
    "phone2",
    "version",
    "appVersion",
    "API version",
    "traits",
    "tags",
    "名前",
    "PK",
    "rev",
];
const RARE: [&str; 22] = [
    "",
    "!!!",
    "__",
    "\u{301}",
    "ID",
    "Id",
    "iD",
    "_id",
    "created_at",
    "updatedAt",
    "percent",
    "delivery_ids",
    "lastClearedAt",
    "disabled",
    "\u{2764}\u{fe0f}",
    "1\u{fe0f}\u{20e3}",
    "a\u{0}b",
    "GRÖSSE",
    "🙂",
    "company_name",
    "#",
    "a.b[0]",
];
const PARTS: [&str; 24] = [
    "a", "b", "A", "B", "7", "_", "-", " ", ".", "é", "É", "e\u{301}", "E\u{301}", "ß", "Ö", "ж", "Ж", "名", "ก", "\u{e48}", "İ", "ı", "$",
    "🙂",
];

pub(super) fn any(dice: &mut Dice) -> String {
    match dice.below(40) {
        0..24 => dice.pick(&KNOWN).into(),
        24..29 => dice.pick(&RARE).into(),
        29 => long(dice),
        _ => (0..=dice.below(6)).map(|_| dice.pick(&PARTS)).collect(),
    }
}

/// A name of 255 bytes or one more.
fn long(dice: &mut Dice) -> String {
    match dice.below(4) {
        0 => "a".repeat(255),
        1 => "a".repeat(256),
        2 => "é".repeat(127),
        _ => "é".repeat(128),
    }
}
