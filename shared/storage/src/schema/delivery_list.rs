//! The list of pending deliveries in a profile. It also says when the time of each is over, so that whoever reads the profile knows which
//! are pending without a further request.

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::PendingDelivery;
use profiles_normalization::Timestamp;

use super::attributes::DELIVERY_IDS;
use crate::dynamo::item::Item;
use crate::dynamo::value::text;

/// Separates a delivery's id from the end of its time.
const SEPARATOR: char = '#';

impl Item {
    /// The deliveries that a profile lists, in their order. The time of some may be over.
    pub(crate) fn deliveries(&self) -> Vec<PendingDelivery> {
        self.list(DELIVERY_IDS).into_iter().filter_map(read).collect()
    }
}

/// The list as it is stored.
pub(crate) fn stored(deliveries: &[PendingDelivery]) -> AttributeValue {
    let entry = |delivery: &PendingDelivery| match delivery.until {
        Some(until) => text(format!("{}{SEPARATOR}{until}", delivery.id)),
        None => text(delivery.id),
    };
    AttributeValue::L(deliveries.iter().map(entry).collect())
}

fn read(entry: &str) -> Option<PendingDelivery> {
    let (id, until) = match entry.split_once(SEPARATOR) {
        Some((id, until)) => (id, Some(Timestamp::parse_canonical(until)?)),
        None => (entry, None),
    };
    Some(PendingDelivery { id: id.parse().ok()?, until })
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::{DeliveryId, Slot};

    #[test]
    fn a_list_is_read_as_it_was_written() {
        let id = |seconds| DeliveryId::new(seconds, Slot::from_random(5));
        let list = [
            PendingDelivery { id: id(2), until: None },
            PendingDelivery { id: id(1), until: Timestamp::parse_canonical("2029-04-07T12:18:00.000Z") },
        ];
        let profile = Item([(DELIVERY_IDS.to_owned(), stored(&list))].into());
        assert_eq!(profile.list(DELIVERY_IDS), ["000000020000000000000005", "000000010000000000000005#2029-04-07T12:18:00.000Z"]);
        assert_eq!(profile.deliveries(), list);
        assert_eq!(Item::default().deliveries(), []);
    }
}
