//! Ordinals in messages about items: 1st, 2nd, 3rd.

/// The ordinal of the item at this index, which counts from 0.
pub(super) fn ordinal(index: u32) -> String {
    let number = u64::from(index) + 1;
    let suffix = match (number % 10, number % 100) {
        (1..=3, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_are_those_of_english() {
        let expected = [
            (0, "1st"),
            (1, "2nd"),
            (2, "3rd"),
            (3, "4th"),
            (9, "10th"),
            (10, "11th"),
            (11, "12th"),
            (12, "13th"),
            (20, "21st"),
            (110, "111th"),
            (111, "112th"),
            (112, "113th"),
            (121, "122nd"),
            (4429, "4430th"),
            (u32::MAX, "4294967296th"),
        ];
        for (index, text) in expected {
            assert_eq!(ordinal(index), text);
        }
    }
}
