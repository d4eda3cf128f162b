//! Chunks: items of a batch that are stored and applied together.

use profiles_domain::Error;
use profiles_storage::batches::NewChunk;
use serde_json::value::RawValue;

/// Items in a chunk, unless that would make too many chunks.
const ITEMS_IN_A_CHUNK: usize = 5_000;
/// Chunks of a batch at most. A transaction takes 100 actions, and the batch needs a few for itself.
const MAX_CHUNKS: usize = 90;
/// The level of compression, on zstd's own scale. A higher one takes longer than it saves.
const COMPRESSION: i32 = 1;

/// An item on its way into a chunk.
pub(crate) struct RoutedItem<'a> {
    pub(crate) index: u32,
    /// Equal for all items that must be in the same chunk.
    pub(crate) routing: u64,
    pub(crate) json: &'a RawValue,
}

/// Distributes items over chunks. Items of one identifier are in the same chunk, in their order.
pub(crate) fn chunks(items: &[RoutedItem<'_>]) -> Result<Vec<NewChunk>, Error> {
    let count = items.len().div_ceil(ITEMS_IN_A_CHUNK).min(MAX_CHUNKS);
    let mut sorted: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (place, item) in items.iter().enumerate() {
        let chunk = usize::try_from(item.routing % u64::try_from(count).unwrap_or(1)).unwrap_or(0);
        if let Some(chunk) = sorted.get_mut(chunk) {
            chunk.push(place);
        }
    }
    let mut compressor = zstd::bulk::Compressor::new(COMPRESSION).map_err(|_| unusable())?;
    let (mut text, mut digits) = (String::new(), itoa::Buffer::new());
    let mut chunks = Vec::with_capacity(count);
    for places in sorted.into_iter().filter(|places| !places.is_empty()) {
        text.clear();
        let count = u32::try_from(places.len()).unwrap_or(u32::MAX);
        for item in places.into_iter().filter_map(|place| items.get(place)) {
            // Piece by piece: `write!` would take as long as the compression.
            text.push(if text.is_empty() { '[' } else { ',' });
            text.push('[');
            text.push_str(digits.format(item.index));
            text.push(',');
            text.push_str(item.json.get());
            text.push(']');
        }
        text.push(']');
        let bytes = compressor.compress(text.as_bytes()).map_err(|_| unusable())?;
        chunks.push(NewChunk { items: count, bytes });
    }
    Ok(chunks)
}

/// Decompresses a chunk to its text.
pub(crate) fn text(bytes: &[u8]) -> Result<String, Error> {
    zstd::decode_all(bytes).ok().and_then(|text| String::from_utf8(text).ok()).ok_or_else(unusable)
}

/// Parses a chunk's text into its items, each with its index.
pub(crate) fn items(text: &str) -> Result<Vec<(u32, &RawValue)>, Error> {
    serde_json::from_str(text).map_err(|_| unusable())
}

fn unusable() -> Error {
    Error::Defect("a chunk cannot be packed or unpacked".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    #[test]
    fn chunks_are_read_as_they_were_written_with_each_identifier_in_one_of_them() {
        let json: Vec<_> = (0..12_000).map(|index| raw(&format!("{{\"uid\": {},\n\"é\":\"{{[\"}}", index % 4_000))).collect();
        let list: Vec<_> =
            (0..).zip(&json).map(|(index, json)| RoutedItem { index, routing: u64::from(index % 4_000) * 77, json }).collect();
        let chunks = chunks(&list).unwrap();
        assert_eq!(chunks.len(), 3);
        let mut seen = vec![None; 12_000];
        for (number, chunk) in chunks.iter().enumerate() {
            let text = text(&chunk.bytes).unwrap();
            let items = items(&text).unwrap();
            assert_eq!(items.len(), usize::try_from(chunk.items).unwrap());
            assert!(items.is_sorted_by_key(|(index, _)| *index));
            for (index, item) in items {
                let index = usize::try_from(index).unwrap();
                assert_eq!(item.get(), json[index].get());
                assert_eq!(seen[index].replace(number), None);
            }
        }
        assert!((0..12_000).all(|index| seen[index].is_some() && seen[index] == seen[index % 4_000]));
    }

    #[test]
    fn there_are_never_more_chunks_than_a_transaction_takes() {
        let json = raw("{}");
        let list: Vec<_> = (0..600_000).map(|index| RoutedItem { index, routing: u64::from(index), json: &json }).collect();
        assert_eq!(chunks(&list).unwrap().len(), MAX_CHUNKS);
        assert!(chunks(&[]).unwrap().is_empty());
    }
}
