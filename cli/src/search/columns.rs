//! The columns of a CSV or a table, and what they need of the API.

use serde::Serialize;

use super::error::Error;
use super::query::Kind;

/// The columns unless told otherwise. Which properties there are is known only at the end; these are there from the beginning.
const USUAL: [&str; 6] = ["id", "uid", "email", "created_at", "updated_at", "company_id"];
/// The same of companies.
const USUAL_OF_COMPANIES: [&str; 5] = ["id", "uid", "name", "created_at", "updated_at"];
/// What the API shows of a profile with `min`.
const MIN_PROFILE: [&str; 4] = ["id", "created_at", "updated_at", "uid"];
/// What the API shows of a company with `min`.
const MIN_COMPANY: [&str; 4] = ["id", "created_at", "uid", "name"];

/// Columns, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns(Vec<Column>);

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its name, as the properties on its path are normalized.
    pub(crate) name: String,
    /// The name of the property, and of what is in it.
    pub(crate) path: Vec<String>,
}

/// How much the API is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Expand {
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'static str>,
    company: &'static str,
}

impl Expand {
    /// Everything of the profile, and of its company what is shown unless told otherwise; everything of a company that is searched.
    pub(crate) fn whole(kind: Kind) -> Self {
        match kind {
            Kind::Profiles => Self { profile: Some("all"), company: "min" },
            Kind::Companies => Self { profile: None, company: "all" },
        }
    }
}

impl Columns {
    /// The columns that a CSV or table has unless told otherwise.
    pub(crate) fn usual(kind: Kind) -> Self {
        let names = match kind {
            Kind::Profiles => &USUAL[..],
            Kind::Companies => &USUAL_OF_COMPANIES,
        };
        Self(names.iter().map(|name| Column { name: (*name).to_owned(), path: vec![(*name).to_owned()] }).collect())
    }

    /// Reads names with commas between them.
    ///
    /// # Errors
    /// If a name can be no property's, or is there twice.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let mut columns: Vec<Column> = Vec::new();
        for sent in text.split(',') {
            let parts = sent.split('.').map(|part| profiles_normalization::name(part).ok().filter(|name| !name.is_empty()));
            let path = parts.collect::<Option<Vec<_>>>().ok_or_else(|| Error::Column(sent.trim().to_owned()))?;
            let column = Column { name: path.join("."), path };
            if columns.contains(&column) {
                return Err(Error::ColumnTwice(column.name));
            }
            columns.push(column);
        }
        Ok(Self(columns))
    }

    /// Returns the columns.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Column> {
        self.0.iter()
    }

    /// Returns the columns' names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|column| column.name.as_str())
    }

    /// Returns what the API must show. Less is cheaper for it to read and to send.
    pub(crate) fn expand(&self, kind: Kind) -> Expand {
        match kind {
            Kind::Profiles => self.expand_profiles(),
            Kind::Companies => {
                let is_min = self.0.iter().all(|column| column.path.first().is_some_and(|name| MIN_COMPANY.contains(&name.as_str())));
                Expand { profile: None, company: if is_min { "min" } else { "all" } }
            }
        }
    }

    fn expand_profiles(&self) -> Expand {
        let of_company = |column: &&Column| column.path.first().is_some_and(|name| name == "company");
        let is_in = |names: &[&str], name: Option<&String>| name.is_some_and(|name| names.contains(&name.as_str()));
        let is_min = self.0.iter().filter(|column| !of_company(column)).all(|column| is_in(&MIN_PROFILE, column.path.first()));
        // A column `company`, which is a whole, shows as much as elsewhere.
        let is_little = |column: &Column| column.path.len() == 1 || is_in(&MIN_COMPANY, column.path.get(1));
        Expand {
            profile: Some(if is_min { "min" } else { "all" }),
            company: match self.0.iter().any(|column| of_company(&column)) {
                false => "skip",
                true if self.0.iter().filter(of_company).all(is_little) => "min",
                true => "all",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_properties_are() {
        let columns = Columns::parse("id, userRole,Company.Plan Name,traits.a.b").unwrap();
        assert!(columns.names().eq(["id", "user_role", "company.plan_name", "traits.a.b"]));
        assert_eq!(columns.0[2].path, ["company", "plan_name"]);
        for text in ["", ",", "a,,b", "a,", "a..b", ".a", "a,-"] {
            assert!(matches!(Columns::parse(text), Err(Error::Column(_))), "{text}");
        }
        assert!(matches!(Columns::parse("role,Role"), Err(Error::ColumnTwice(name)) if name == "role"));
    }

    #[test]
    fn no_more_is_asked_for_than_the_columns_show() {
        for (text, profile, company) in [
            ("id,uid", "min", "skip"),
            ("id,email", "all", "skip"),
            ("id,company_id", "all", "skip"),
            ("uid,company.name", "min", "min"),
            ("uid,company", "min", "min"),
            ("uid,company.name,company.plan", "min", "all"),
            ("uid,company.plan,company.name", "min", "all"),
            ("company.updated_at", "min", "all"),
        ] {
            assert_eq!(Columns::parse(text).unwrap().expand(Kind::Profiles), Expand { profile: Some(profile), company }, "{text}");
        }
        assert_eq!(Columns::usual(Kind::Profiles).expand(Kind::Profiles), Expand { profile: Some("all"), company: "skip" });
        for (text, company) in
            [("id,uid,name", "min"), ("created_at", "min"), ("uid,updated_at", "all"), ("plan", "all"), ("company", "all")]
        {
            assert_eq!(Columns::parse(text).unwrap().expand(Kind::Companies), Expand { profile: None, company }, "{text}");
        }
    }
}
