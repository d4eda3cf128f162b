//! Normalizes the names and values of properties to the form that is stored.
//!
//! Everything here is a pure function of its arguments. The request's time is an argument, and no input makes it panic.
//! Input of any depth costs time in proportion to its length, and a constant amount of stack.
//!
//! Normalizing a normalized value changes nothing, so data may pass through here twice. The only exception is a value that
//! was cut: the rest may happen to look like a number or a date.

mod date;
mod name;
mod number;
mod object;
mod property;
mod string;
mod timestamp;
pub mod unicode;
mod value;
mod warning;

pub use name::{MAX_NAME_BYTES, NameError, name};
pub use number::{NotAWholeNumber, Number, compare_numbers, whole_digits};
pub use object::{each_item, each_member, entries};
pub use property::{UNIX_MILLIS, UNIX_SECONDS, json, properties, text, unix_time};
pub use timestamp::Timestamp;
pub use value::{MAX_HASH_DEPTH, MAX_VALUE_BYTES, Value};
pub use warning::Warning;
