//! Laws of times.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn timestamps_sort_as_their_texts(a in -62_167_219_200_000_i64..=253_402_300_799_999, b in -62_167_219_200_000_i64..=253_402_300_799_999, near in 0_i64..2_000) {
        let times = [a, b, (a + near).min(253_402_300_799_999)].map(|millis| Timestamp::from_unix_millis(millis).unwrap());
        for x in times {
            prop_assert_eq!(Timestamp::parse_canonical(&x.to_string()), Some(x));
            prop_assert_eq!(x.to_string().len(), 24);
            for y in times {
                prop_assert_eq!(x.cmp(&y), x.to_string().cmp(&y.to_string()));
            }
        }
    }

    #[test]
    fn timestamps_agree_with_jiff(millis in -62_167_219_200_000_i64..253_402_200_000_000) {
        let expected = jiff::Timestamp::from_millisecond(millis).unwrap();
        let text = Timestamp::from_unix_millis(millis).unwrap().to_string();
        prop_assert_eq!(text, format!("{expected:.3}"));
    }
}
