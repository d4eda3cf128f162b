//! The filters of a search, as a tree.

use profiles_domain::InteractionState;
use profiles_normalization::{Number, Timestamp, Value};

/// Filters of a search at most, groups included.
pub const MAX_FILTERS: usize = 100;
/// Levels of filters at most; those that are in no group are the first.
pub const MAX_LEVELS: usize = 5;
/// Values in a list of a filter at most.
pub const MAX_VALUES: usize = 500;

/// The filters of a search. Without any, everybody fits.
#[derive(Clone, PartialEq, Default)]
pub struct Filters {
    /// All of them.
    pub group: Group,
    /// The number of filters of the profile's company, which are numbered from 0.
    pub companies: usize,
    /// The number of filters of the user's activities, which are numbered from 0.
    pub activities: usize,
}

/// Filters of which all or any must fit.
#[derive(Clone, PartialEq, Default)]
pub struct Group {
    /// How they are combined.
    pub op: GroupOp,
    /// The filters. An empty group fits whatever its operator is.
    pub filters: Vec<Filter>,
}

/// How the filters of a group are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum GroupOp {
    /// All must fit.
    #[default]
    And,
    /// One must fit.
    Or,
}

/// A filter.
#[derive(Clone, PartialEq)]
pub enum Filter {
    /// Of a property or field of the profile.
    Property(PropertyFilter),
    /// Of a property or field of the profile's company; with its number among such filters.
    Company(usize, PropertyFilter),
    /// Of what the user did; with its number among such filters.
    Activity(usize, ActivityFilter),
    /// Of several.
    Group(Group),
}

/// A filter of one property.
#[derive(Clone, PartialEq)]
pub struct PropertyFilter {
    /// What is tested.
    pub field: Field,
    /// The test.
    pub test: Test,
}

/// What a filter tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// The property of this name, or what is at this path in hashes. The names are normalized, and there is at least one. The profile's own
    /// fields (`id`, `uid`, `email`, …) are among them.
    Path(Vec<String>),
    /// The ids of the deliveries that are pending, as an array. It counts as not there when there are none.
    DeliveryIds,
}

/// A test of a value. The values in it are normalized.
#[derive(Clone, PartialEq)]
pub enum Test {
    /// Whether the key is there, also with `null`: `ex`, or `nx` if negated.
    Exists {
        /// Whether it must not be there.
        negated: bool,
    },
    /// Equal by type and value: `eq`, `ne`.
    Equal {
        /// The value.
        value: Value,
        /// Whether it must not be equal, or not be there.
        negated: bool,
    },
    /// Greater or less: `gt`, `gte`, `lt`, `lte`. Numbers are compared with numbers, times with times, and other strings with such, by code
    /// point.
    Compare(Comparison, Value),
    /// A time in a window: `gt-d`, `lt-d`. An integer that may be a time in Unix seconds or milliseconds counts as one, whatever its
    /// property's name is.
    Age(Window),
    /// A string that contains a text: `in`, `nin`, `in-i`, `nin-i`.
    Contains {
        /// The text; case-folded if the case is ignored.
        text: String,
        /// Whether the case is ignored.
        any_case: bool,
        /// Whether it must not contain it, or not be a string.
        negated: bool,
    },
    /// One of the values: `in-v`, `nin-v`.
    OneOf {
        /// The values, of which there may be none.
        values: Vec<Value>,
        /// Whether it must be none of them, or not be there.
        negated: bool,
    },
    /// An array that has the value: `in-a`, `nin-a`.
    Has {
        /// The value.
        value: Value,
        /// Whether it must not have it, or not be an array.
        negated: bool,
    },
    /// A string that begins with the text: `sw`.
    StartsWith(String),
}

/// A comparison with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `gt`
    Greater,
    /// `gte`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `lte`
    LessOrEqual,
    /// `eq`; only of activities.
    Equal,
}

/// A filter of what a user did.
#[derive(Clone, PartialEq)]
pub struct ActivityFilter {
    /// The activity.
    pub activity: Activity,
    /// Counts only activities in this window, if there is one.
    pub window: Option<Window>,
    /// Whether the user must not have done it: `nx`.
    pub negated: bool,
}

/// An activity.
#[derive(Clone, PartialEq)]
pub enum Activity {
    /// An event of this normalized name; how often, if that matters.
    Event(String, Option<(Comparison, Number)>),
    /// An interaction with the tour of this id that reached this state; any state, if there is none.
    Tour(String, Option<InteractionState>),
    /// A response to the Microsurvey of this id; the number of the button that was pressed last, if that matters.
    Survey(String, Option<(Comparison, Number)>),
}

/// A window of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// After this: `gt-d`.
    After(Timestamp),
    /// Before this: `lt-d`.
    Before(Timestamp),
}

impl Test {
    /// The values of which a property must have one to pass; `None` of a test that others pass, too.
    pub fn values(&self) -> Option<&[Value]> {
        match self {
            Self::Equal { value, negated: false } => Some(std::slice::from_ref(value)),
            Self::OneOf { values, negated: false } => Some(values),
            _ => None,
        }
    }
}

impl Window {
    /// Whether a time is in it.
    pub fn holds(self, time: Timestamp) -> bool {
        match self {
            Self::After(at) => at < time,
            Self::Before(at) => time < at,
        }
    }
}

impl Filters {
    /// The filters that each profile that fits must fit: those of the outermost `and`, and of `and` groups in it.
    pub fn required(&self) -> impl Iterator<Item = &Filter> {
        let mut found = Vec::new();
        collect_required(&self.group, &mut found);
        found.into_iter()
    }
}

fn collect_required<'f>(group: &'f Group, found: &mut Vec<&'f Filter>) {
    if group.op == GroupOp::Or && group.filters.len() != 1 {
        return;
    }
    for filter in &group.filters {
        match filter {
            Filter::Group(group) => collect_required(group, found),
            filter => found.push(filter),
        }
    }
}
