//! Checks UTF-8 byte by byte, in constant memory.

/// The bytes that may come next.
#[derive(Default)]
pub(crate) struct Utf8 {
    /// The number of bytes that a character still needs.
    missing: u8,
    /// The least and the greatest byte that may be next of them.
    next: (u8, u8),
}

impl Utf8 {
    /// Takes the next byte, and tells whether it fits. After one that does not, a character begins anew.
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let (lowest, highest) = self.next;
        if self.missing > 0 && (lowest..=highest).contains(&byte) {
            self.missing -= 1;
            self.next = (0x80, 0xbf);
            return true;
        }
        let fitted = self.missing == 0;
        let (missing, next) = match byte {
            0..0x80 => (0, (0, 0)),
            0xc2..=0xdf => (1, (0x80, 0xbf)),
            0xe0 => (2, (0xa0, 0xbf)),
            0xed => (2, (0x80, 0x9f)),
            0xe1..=0xef => (2, (0x80, 0xbf)),
            0xf0 => (3, (0x90, 0xbf)),
            0xf1..=0xf3 => (3, (0x80, 0xbf)),
            0xf4 => (3, (0x80, 0x8f)),
            _ => {
                self.missing = 0;
                return false;
            }
        };
        (self.missing, self.next) = (missing, next);
        fitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_utf8(bytes: &[u8]) -> bool {
        let mut utf8 = Utf8::default();
        // A byte after the last one shows whether a character is cut off.
        bytes.iter().chain(b"\n").all(|byte| utf8.take(*byte))
    }

    #[test]
    fn each_sequence_of_a_few_bytes_is_judged_as_the_standard_library_does() {
        let edges = [
            0, b'a', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff,
        ];
        for first in 0..=255 {
            for second in edges {
                for third in edges {
                    for fourth in edges {
                        let bytes = [first, second, third, fourth];
                        assert_eq!(is_utf8(&bytes), str::from_utf8(&bytes).is_ok(), "{bytes:x?}");
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn every_text_fits(text: String) {
            prop_assert!(is_utf8(text.as_bytes()));
        }
    }
}
