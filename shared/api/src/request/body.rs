//! The body: decompressed up to a limit, and decoded to text.

use std::io::Read;

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use super::Request;
use crate::error::Error;
use crate::routes::BodyLimit;

/// A decoded body.
pub(crate) struct Content {
    /// The text, without a byte order mark.
    pub(crate) text: String,
    /// True if the client declares it as a form.
    pub(crate) is_form: bool,
}

impl Content {
    /// Takes the body out of the request and decodes it.
    ///
    /// # Errors
    /// If it is larger than `limit`, not compressed as its header says, or not UTF-8.
    pub(crate) fn take(request: &mut Request, limit: BodyLimit) -> Result<Self, Error> {
        let body = std::mem::take(&mut request.body);
        // Some clients name the encoding of bodies in requests that have none.
        let encoding = if body.trim_ascii().is_empty() { None } else { request.header(CONTENT_ENCODING.as_str()) };
        let encoding = encoding.unwrap_or_default().trim();
        let bytes = if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") {
            if body.len() > limit.bytes() {
                return Err(limit.exceeded());
            }
            body
        } else if encoding.eq_ignore_ascii_case("gzip") || encoding.eq_ignore_ascii_case("x-gzip") {
            up_to(limit, flate2::bufread::MultiGzDecoder::new(body.as_slice()), "gzip")?
        } else if encoding.eq_ignore_ascii_case("zstd") {
            let decoder = zstd::Decoder::with_buffer(body.as_slice()).map_err(|_| Error::NotEncoded("zstd"))?;
            up_to(limit, decoder, "zstd")?
        } else {
            return Err(Error::UnknownEncoding);
        };
        let mut text = String::from_utf8(bytes).map_err(|_| Error::NotUtf8)?;
        if text.starts_with('\u{feff}') {
            text.remove(0);
        }
        let media_type = request.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        let is_form = media_type.trim().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded");
        Ok(Self { text, is_form })
    }
}

/// Reads to the end or one byte past the limit, whichever comes first: a small body may decode to terabytes.
fn up_to(limit: BodyLimit, decoder: impl Read, encoding: &'static str) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let one_past = u64::try_from(limit.bytes()).unwrap_or(u64::MAX).saturating_add(1);
    decoder.take(one_past).read_to_end(&mut bytes).map_err(|_| Error::NotEncoded(encoding))?;
    if bytes.len() > limit.bytes() { Err(limit.exceeded()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn request(encoding: &str, body: Vec<u8>) -> Request {
        let mut request = Request { body, ..Request::default() };
        request.headers.insert(CONTENT_ENCODING, encoding.parse().unwrap());
        request
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn compressed(bytes: &[u8]) -> [(&'static str, Vec<u8>); 3] {
        [("identity", bytes.to_vec()), ("gzip", gzip(bytes)), ("ZSTD", zstd::encode_all(bytes, 3).unwrap())]
    }

    #[test]
    fn a_body_of_the_limit_passes_and_one_byte_more_does_not() {
        for limit in [BodyLimit::Single, BodyLimit::Batch] {
            for (encoding, body) in compressed(&vec![b' '; limit.bytes()]) {
                assert_eq!(Content::take(&mut request(encoding, body), limit).unwrap().text.len(), limit.bytes(), "{encoding}");
            }
            for (encoding, body) in compressed(&vec![b' '; limit.bytes() + 1]) {
                let error = Content::take(&mut request(encoding, body), limit).err().unwrap();
                assert_eq!(error.to_string(), limit.exceeded().to_string(), "{encoding}");
            }
        }
    }

    /// Hands out bytes without end and counts those taken.
    struct Endless(usize);

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            buffer.fill(b' ');
            self.0 += buffer.len();
            Ok(buffer.len())
        }
    }

    #[test]
    fn decoding_stops_at_the_limit() {
        for limit in [BodyLimit::Single, BodyLimit::Batch] {
            let mut endless = Endless(0);
            assert!(up_to(limit, &mut endless, "gzip").is_err());
            assert_eq!(endless.0, limit.bytes() + 1);
        }
    }

    #[test]
    fn what_is_not_compressed_as_said_is_refused() {
        for encoding in ["gzip", "zstd"] {
            assert!(
                matches!(Content::take(&mut request(encoding, b"{}".to_vec()), BodyLimit::Single), Err(Error::NotEncoded(_))),
                "{encoding}"
            );
            let mut cut = compressed(b"{\"uid\":1}").into_iter().find(|(name, _)| name.eq_ignore_ascii_case(encoding)).unwrap().1;
            cut.truncate(cut.len() - 3);
            assert!(matches!(Content::take(&mut request(encoding, cut), BodyLimit::Single), Err(Error::NotEncoded(_))), "{encoding}");
        }
        assert!(matches!(Content::take(&mut request("br", b"{}".to_vec()), BodyLimit::Single), Err(Error::UnknownEncoding)));
    }

    #[test]
    fn without_a_body_its_encoding_means_nothing() {
        for encoding in ["gzip", "zstd", "br", "deflate", "gzip, br", "", "*"] {
            for body in ["", "\r\n", " \t"] {
                assert_eq!(Content::take(&mut request(encoding, body.into()), BodyLimit::Single).unwrap().text, body, "{encoding}");
            }
            let blanks = vec![b' '; BodyLimit::Single.bytes() + 1];
            assert!(matches!(Content::take(&mut request(encoding, blanks), BodyLimit::Single), Err(Error::BodyTooLarge(_))));
        }
    }
}
