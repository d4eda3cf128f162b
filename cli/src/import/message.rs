//! The API's messages about items, as messages about rows.

/// Names the row in a message that names the item with this index (`the 18th item`).
pub(super) fn of_row(message: &str, index: u64, row: u64) -> String {
    let number = index + 1;
    ["st", "nd", "rd", "th"]
        .into_iter()
        .map(|ending| format!("the {number}{ending} item"))
        .find(|item| message.contains(item))
        .map_or_else(|| message.to_owned(), |item| message.replace(&item, &format!("row {row}")))
}

#[cfg(test)]
mod tests {
    use super::of_row;

    #[test]
    fn an_item_is_named_by_its_row() {
        for (message, index, row, shown) in [
            ("No identifier found for the 1st item. Pass", 0, 1, "No identifier found for row 1. Pass"),
            ("Conflict: the email of the 112th item belongs", 111, 5_112, "Conflict: the email of row 5112 belongs"),
            ("Unprocessable: the 22nd item must be", 21, 22, "Unprocessable: row 22 must be"),
            ("Unprocessable: the 22nd item must be", 1, 2, "Unprocessable: the 22nd item must be"),
            ("cut to 768 bytes", 0, 1, "cut to 768 bytes"),
        ] {
            assert_eq!(of_row(message, index, row), shown);
        }
    }
}
