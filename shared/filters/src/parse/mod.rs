//! Reads filters as a client sends them.
//!
//! What is sent is taken apart one level at a time, and no further than the limits go: of a megabyte of filters, the first hundred are looked
//! at.

mod activity;
mod list;
mod number;
mod property;
mod sent;
mod value;

use profiles_domain::Error;
use profiles_normalization::Timestamp;
use serde_json::value::RawValue;

use crate::tree::{Filter, Filters, Group, GroupOp, MAX_FILTERS, MAX_LEVELS};
use property::Owner;
use sent::Sent;

const LIST: &str = "an array of filters";
const KINDS: &str = "`property`, `group`, `event`, `tour` or `survey`";
const KINDS_OF_COMPANIES: &str = "`property` or `group`, because companies are searched";
const OPS_OF_GROUPS: &str = "`and` or `or`";

impl Filters {
    /// Reads filters of profiles from the JSON text of an array. `now` is the time of the request, from which days are counted.
    ///
    /// An object whose keys are `0`, `1`, … in this order is an array, too, and numbers may be strings: so they come out of a query.
    ///
    /// # Errors
    /// `InvalidField` that names the path (`filters[2].filters[0].op`) and what would do.
    pub fn parse(json: &str, op: GroupOp, now: Timestamp) -> Result<Self, Error> {
        Self::parse_of(Owner::Profile, json, op, now)
    }

    /// Reads filters of companies. They are of the companies' properties, and groups of such.
    ///
    /// # Errors
    /// As `parse`, and for a filter of another kind.
    pub fn parse_of_companies(json: &str, op: GroupOp, now: Timestamp) -> Result<Self, Error> {
        Self::parse_of(Owner::Company, json, op, now)
    }

    fn parse_of(searched: Owner, json: &str, op: GroupOp, now: Timestamp) -> Result<Self, Error> {
        let mut reader = Reader { searched, now, count: 0, companies: 0, activities: 0 };
        let filters = reader.list("filters", json, 1)?;
        Ok(Self { group: Group { op, filters }, companies: reader.companies, activities: reader.activities })
    }
}

/// Reads an operator of groups; `path` is the field's.
///
/// # Errors
/// `InvalidField` for any other word.
pub fn filters_op(path: &str, word: &str) -> Result<GroupOp, Error> {
    match word {
        "and" => Ok(GroupOp::And),
        "or" => Ok(GroupOp::Or),
        _ => Err(Error::invalid_field(path, OPS_OF_GROUPS)),
    }
}

/// Reads filters, and numbers them.
struct Reader {
    /// What is searched.
    searched: Owner,
    now: Timestamp,
    /// How many filters were read, of all kinds.
    count: usize,
    companies: usize,
    activities: usize,
}

impl Reader {
    /// Reads a list of filters. The recursion ends at [`MAX_LEVELS`].
    fn list(&mut self, path: &str, json: &str, level: usize) -> Result<Vec<Filter>, Error> {
        let mut filters = Vec::new();
        list::each(path, json, LIST, |index, raw| {
            filters.push(self.filter(&format!("{path}[{index}]"), raw, level)?);
            Ok(())
        })?;
        Ok(filters)
    }

    fn filter(&mut self, path: &str, raw: &RawValue, level: usize) -> Result<Filter, Error> {
        self.count += 1;
        if self.count > MAX_FILTERS {
            return Err(Error::invalid_field(path, "left out, because a search has at most 100 filters, those in groups included"));
        }
        if level > MAX_LEVELS {
            return Err(Error::invalid_field(path, "left out, because groups of filters go 5 levels deep at most"));
        }
        let sent = Sent::read(path, raw)?;
        let kinds = match self.searched {
            Owner::Profile => KINDS,
            Owner::Company => KINDS_OF_COMPANIES,
        };
        match sent.word("kind", kinds)?.as_deref() {
            None if sent.given("filters").is_some() => Err(sent.error("kind", "`group`, because the filter has `filters`")),
            None | Some("property") => self.property(&sent),
            Some("group") => self.group(&sent, level),
            Some(kind @ ("event" | "tour" | "survey")) if self.searched == Owner::Profile => {
                let filter = activity::read(kind, &sent, self.now)?;
                Ok(Filter::Activity(next(&mut self.activities), filter))
            }
            Some(_) => Err(sent.error("kind", kinds)),
        }
    }

    fn property(&mut self, sent: &Sent<'_>) -> Result<Filter, Error> {
        let (owner, filter) = property::read(sent, self.searched, self.now)?;
        Ok(if owner == self.searched { Filter::Property(filter) } else { Filter::Company(next(&mut self.companies), filter) })
    }

    fn group(&mut self, sent: &Sent<'_>, level: usize) -> Result<Filter, Error> {
        sent.has_only(&["filters", "filters_op"], "left out, because a group has `filters` and `filters_op` only")?;
        let op = match sent.word("filters_op", OPS_OF_GROUPS)? {
            Some(word) => filters_op(&sent.path_of("filters_op"), &word)?,
            None => GroupOp::default(),
        };
        let filters = sent.given("filters").ok_or_else(|| sent.error("filters", LIST))?;
        Ok(Filter::Group(Group { op, filters: self.list(&sent.path_of("filters"), filters.get(), level + 1)? }))
    }
}

/// The next number of a count.
fn next(count: &mut usize) -> usize {
    let number = *count;
    *count += 1;
    number
}
