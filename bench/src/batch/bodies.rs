//! Batches as clients send them: compact JSON, each item about another user.

/// The path of batches.
pub(crate) const PATH: &str = "/v3/observe/hooks/profiles/batch";

/// The fields of the items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A uid and a property.
    Short,
    /// The same, and an e-mail.
    Email,
    /// Uid, e-mail, company and five properties.
    Long,
}

impl Kind {
    /// Writes an item. The plan changes from one batch to the next.
    fn item(self, user: &User, plan: &str) -> String {
        let User { uid, email } = user;
        match self {
            Self::Short => format!(r#"{{"uid":"{uid}","plan":"{plan}"}}"#),
            Self::Email => format!(r#"{{"uid":"{uid}","email":"{email}","plan":"{plan}"}}"#),
            Self::Long => format!(
                r#"{{"uid":"{uid}","email":"{email}","first_name":"Jane","last_name":"Chameleon","last_login":"2029-04-29T09:00:00.000Z","subscription_type":"{plan}","role":"revops","company_id":"72d8ce91-fa3c-40f4-954d-4a8e8319a61e"}}"#
            ),
        }
    }
}

/// A user.
pub(crate) struct User {
    pub(crate) uid: String,
    email: String,
}

impl User {
    /// Makes a user that nobody else has.
    pub(crate) fn random() -> Self {
        let (a, b, c, d, e): (u32, u16, u16, u16, u64) = rand::random();
        let uid = format!("{a:08x}-{b:04x}-{c:04x}-{d:04x}-{:012x}", e >> 16);
        Self { uid, email: format!("jane.{:010x}@acme.software", e >> 24) }
    }
}

/// A body.
pub(crate) struct Body {
    pub(crate) items: usize,
    pub(crate) text: String,
}

impl Body {
    fn of(items: &[String]) -> Self {
        Self { items: items.len(), text: format!(r#"{{"profiles":[{}]}}"#, items.join(",")) }
    }

    /// Writes an item about each of these users.
    pub(crate) fn about(kind: Kind, users: &[User], plan: &str) -> Self {
        Self::of(&users.iter().map(|user| kind.item(user, plan)).collect::<Vec<_>>())
    }

    /// Writes as many items as fit into fewer bytes than these.
    pub(crate) fn under(limit: usize, kind: Kind, plan: &str) -> Self {
        let (mut items, mut bytes) = (Vec::new(), Self::of(&[]).text.len());
        loop {
            let item = kind.item(&User::random(), plan);
            bytes += item.len() + ",".len();
            if bytes >= limit {
                return Self::of(&items);
            }
            items.push(item);
        }
    }
}
