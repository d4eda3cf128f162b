//! What is imported: users or companies.

use clap::ValueEnum;
use profiles_domain::SYSTEM_PROPERTIES;
use serde::{Deserialize, Serialize};

/// The kind of what is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// Users.
    Profiles,
    /// Companies.
    Companies,
}

/// What becomes of rows whose user or company does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Missing {
    /// They create it
    Create,
    /// They are ignored
    Ignore,
}

impl Missing {
    /// Returns its name in a batch.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Ignore => "ignore",
        }
    }
}

impl Kind {
    /// Returns the field of a batch that has the items.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Profiles => "profiles",
            Self::Companies => "companies",
        }
    }

    /// Returns the path that takes batches.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Profiles => "/v3/observe/hooks/profiles/batch",
            Self::Companies => "/v3/observe/hooks/companies/batch",
        }
    }

    /// Returns the path of a batch's status, for messages.
    pub(super) fn status_path(self) -> &'static str {
        match self {
            Self::Profiles => "/v3/observe/hooks/profiles/batch/{id}",
            Self::Companies => "/v3/observe/hooks/companies/batch/{id}",
        }
    }

    /// Returns the names of the fields that say which user or company a row is about.
    pub(super) fn identifiers(self) -> &'static [&'static str] {
        match self {
            Self::Profiles => &["id", "uid", "email"],
            Self::Companies => &["id", "uid"],
        }
    }

    /// Tells whether a path, normalized, names a user or company, be it only a user's company.
    pub(super) fn identifies(self, path: &[String]) -> bool {
        let path: Vec<_> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            [name] if self.identifiers().contains(name) => true,
            ["company_id" | "company_uid"] | ["company", "id" | "uid"] => self == Self::Profiles,
            _ => false,
        }
    }

    /// Says why no column can become the field of this normalized name, if so.
    pub(super) fn reserved(self, name: &str) -> Option<&'static str> {
        let set_by_service: &[&str] = match self {
            Self::Profiles => &SYSTEM_PROPERTIES,
            Self::Companies => &["created_at", "updated_at"],
        };
        match name {
            "account_secret" => Some("it is no property"),
            _ if set_by_service.contains(&name) => Some("only the service itself sets it"),
            _ => None,
        }
    }
}
