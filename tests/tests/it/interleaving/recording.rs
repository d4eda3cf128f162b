//! What may be recorded of a user in a run.

use profiles_domain::{AccountId, DeliveryOrder, Error, Event, Happening, Identity, InteractionState, Model, ModelKind, What};
use profiles_normalization::Timestamp;
use profiles_storage::Storage;
use rand::RngExt;
use rand::rngs::StdRng;

/// Tours of a run. Few, so that interactions meet.
const TOURS: u32 = 2;

/// Something that is recorded.
#[derive(Clone)]
pub(super) enum Recording {
    Event,
    Happening(Happening),
    Delivery,
}

impl Recording {
    pub(super) fn random(rng: &mut StdRng) -> Self {
        match rng.random_range(0..10) {
            0..3 => Self::Event,
            3..8 => {
                let model = Model { kind: ModelKind::Tour, id: rng.random_range(0..TOURS).to_string() };
                let what = InteractionState::ALL[rng.random_range(0..InteractionState::ALL.len())];
                // Few webhooks, too, so that one comes twice now and then.
                Self::Happening(Happening { webhook_id: rng.random_range(0..8_u32).to_string(), model, what: What::Reached(what) })
            }
            8 => {
                let model = Model { kind: ModelKind::Survey, id: "survey".to_owned() };
                let webhook_id = rng.random_range(0..8_u32).to_string();
                Self::Happening(Happening { webhook_id, model, what: What::Answered([].into()) })
            }
            _ => Self::Delivery,
        }
    }

    pub(super) async fn record(self, storage: &Storage, account: AccountId, identity: &Identity, now: Timestamp) -> Result<(), Error> {
        let records = storage.records();
        match self {
            Self::Event => {
                let event = Event { name: "opened".to_owned(), properties: [].into() };
                records.track(account, identity, event, None, now).await.map(drop)
            }
            Self::Happening(happening) => records.happened(account, identity, happening, now).await.map(drop),
            Self::Delivery => {
                let model = Model { kind: ModelKind::Tour, id: "delivered".to_owned() };
                let order = DeliveryOrder { model, from: None, until: None, once: false };
                records.deliver(account, identity, order, None, now).await.map(drop)
            }
        }
    }
}
