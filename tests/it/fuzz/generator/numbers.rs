//! Numbers at the edges: of 15, 16, 38 and 39 digits, with exponents, zeros, and Unix times.

use super::Dice;

const KNOWN: [&str; 34] = [
    "0",
    "-0",
    "0.0",
    "1",
    "-3",
    "12.12",
    "1.10",
    "10.0",
    "1e3",
    "11.9932e5",
    "1E2",
    "0e0",
    "1.5e-3",
    "0.001",
    "1199320.0",
    "94694399",
    "94694400",
    "4102444799",
    "4102444800",
    "94694400000",
    "4102444800000",
    "1881974806",
    "1881974806123",
    "1881974806.5",
    "-1881974806",
    "1500000000",
    "1e300",
    "1e125",
    "1e126",
    "1e-130",
    "1e-131",
    "0e462097431906509019562988736854",
    "1e000000000000000000003",
    "9.9e125",
];

/// A number as JSON writes it.
pub(super) fn any(dice: &mut Dice) -> String {
    if dice.one_in(2) {
        return dice.pick(&KNOWN).into();
    }
    let count = dice.pick(&[1, 2, 5, 14, 15, 16, 37, 38, 39, 60]);
    let mut digits: String = (0..count).map(|_| dice.pick(&["0", "1", "5", "9"])).collect();
    let first = dice.pick(&["1", "7", "9"]);
    digits.replace_range(..1, first);
    let sign = dice.pick(&["", "", "-"]);
    let fraction = if dice.one_in(4) { dice.pick(&[".0", ".5", ".25", ".10", ".000001"]) } else { "" };
    let exponent = if dice.one_in(8) { dice.pick(&["e1", "e-2", "E+5", "e0", "e00", "e125", "e-131"]) } else { "" };
    format!("{sign}{digits}{fraction}{exponent}")
}

/// What is nearly a number.
pub(super) fn nearly(dice: &mut Dice) -> String {
    dice.pick(&["1.", ".5", "0x1F", "NaN", "Infinity", "-", "00123", "+14155550100", "1e", "1,000", "--1", "1e400", "１２", "1_000", "- 1"])
        .into()
}
