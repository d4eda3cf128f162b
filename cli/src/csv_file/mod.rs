//! CSV files that users give: what commands that read one share.

mod check;
mod doubt;
mod error;
mod scanner;
mod source;
mod utf8;

pub(crate) use self::check::{check, headers, other_separator, quoted};
pub(crate) use self::error::Error;
pub(crate) use self::scanner::{Accepted, Care};
pub(crate) use self::source::{Bytes, Source, beside};
