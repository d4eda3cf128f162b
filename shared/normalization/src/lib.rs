//! How the names and values of properties are brought into the one form that is stored.
//!
//! Everything here is a pure function of its arguments. The request's time is passed in, no input makes it panic,
//! and input of any depth or length costs time in proportion to its length and stack space that doesn't grow.
//!
//! Normalizing something that is normal already changes nothing, so data may pass through here twice. The one
//! exception is a value that was cut: what is left of it may happen to look like a number or a date.

mod date;
mod name;
mod number;
mod object;
mod property;
mod string;
mod timestamp;
mod value;
mod warning;

pub use name::{MAX_NAME_BYTES, NameError, name};
pub use number::Number;
pub use object::{each_item, each_member, entries};
pub use property::{json, properties, text};
pub use timestamp::Timestamp;
pub use value::{MAX_HASH_DEPTH, MAX_VALUE_BYTES, Value};
pub use warning::Warning;
