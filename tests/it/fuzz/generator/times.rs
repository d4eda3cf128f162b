//! Times in every form that is read, and close misses.

use super::Dice;

const DATES: [&str; 9] =
    ["2029-08-21", "2028-02-29", "2029-02-30", "2029-02-29", "1999-12-31", "2029-13-01", "0000-00-00", "2029-8-21", "2100-02-29"];
const CLOCKS: [&str; 8] = ["02:46:46", "00:00:00", "23:59:59", "23:59:60", "24:00:00", "12:18", "12:60:00", "12:18:61"];
const FRACTIONS: [&str; 6] = ["", "", ".1", ".123456", ".999999999", "."];
const ZONES: [&str; 14] = ["Z", "", " UTC", "+00:00", "+0000", "+00", "-05", "+05:30", "+0530", " +00:00", " -04", "+2", "+24:00", " EST"];
const OTHERS: [&str; 18] = [
    "Tue, 21 Aug 2029 02:46:46 +0000",
    "Tue, 21 Aug 2029 02:46:46 GMT",
    "Tue, 21 Aug 2029 02:46:46 -0430",
    "Tue, 31 Feb 2029 02:46:46 GMT",
    "$now",
    " $now ",
    "$NOW",
    "$now2",
    "+30d",
    "+1d",
    "+99999d",
    "+100000d",
    "+d",
    "-30d",
    "+30",
    "30d",
    "2029-08",
    "20290821",
];

pub(super) fn any(dice: &mut Dice) -> String {
    if dice.one_in(3) {
        return dice.pick(&OTHERS).into();
    }
    let date = dice.pick(&DATES);
    if dice.one_in(4) {
        return date.into();
    }
    let (blank, clock, zone) = (dice.pick(&["T", " ", "  "]), dice.pick(&CLOCKS), dice.pick(&ZONES));
    // What a fraction of a leap second is, the contract does not say.
    let fraction = if clock == "23:59:60" { "" } else { dice.pick(&FRACTIONS) };
    format!("{date}{blank}{clock}{fraction}{zone}")
}
