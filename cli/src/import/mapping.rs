//! What the columns of a CSV become.

use std::path::{Path, PathBuf};

use profiles_normalization::name as normalize;

use super::error::Error;
use super::kind::Kind;
use crate::csv_file::{Source, other_separator, quoted};

/// The fields that the rows have, and the columns they come from.
#[derive(Debug)]
pub(super) struct Mapping {
    kind: Kind,
    fields: Vec<Field>,
    /// The columns that are left out although nobody asked for it, and why.
    left_out: Vec<String>,
    tree: Vec<Node>,
}

/// A column, and what it becomes.
#[derive(Clone, Debug)]
struct Field {
    column: usize,
    header: String,
    /// The names on the way to it, as they are sent.
    path: Vec<String>,
    /// The same, normalized.
    normal: Vec<String>,
}

/// A part of the object that a row becomes.
#[derive(Debug)]
pub(super) enum Node {
    /// A cell, under this name in JSON.
    Cell {
        /// The name, in JSON.
        name: String,
        /// The column.
        column: usize,
        /// Whether it identifies the user or company of the row.
        is_identifier: bool,
    },
    /// A hash, under this name in JSON.
    Hash {
        /// The name, in JSON.
        name: String,
        /// What is in it.
        nodes: Vec<Node>,
    },
}

impl Mapping {
    /// Maps the columns as told (`COLUMN=PROPERTY`), or all to the properties of their own names.
    ///
    /// # Errors
    /// If a column is not there or not the only one of its name, a property can't be set or is set twice, or nothing identifies the rows.
    pub(super) fn of(source: &Source, headers: &[Vec<u8>], maps: &[String], all: bool, kind: Kind) -> Result<Self, Error> {
        let path = source.path().to_owned();
        let mut mapping = Self { kind, fields: Vec::new(), left_out: Vec::new(), tree: Vec::new() };
        for map in maps {
            mapping.map(&path, headers, map)?;
        }
        if maps.is_empty() || all {
            mapping.map_others(&path, headers)?;
        }
        mapping.check(path, headers)?;
        let fields: Vec<_> = mapping.fields.iter().map(|field| (field, field.path.as_slice())).collect();
        mapping.tree = tree(&fields, kind);
        Ok(mapping)
    }

    /// Returns what a row becomes.
    pub(super) fn tree(&self) -> &[Node] {
        &self.tree
    }

    /// Returns the columns that are used.
    pub(super) fn columns(&self) -> Vec<usize> {
        self.fields.iter().map(|field| field.column).collect()
    }

    /// Returns the columns that say which user or company is meant.
    pub(super) fn identifying(&self) -> Vec<usize> {
        self.fields.iter().filter(|field| self.kind.identifies(&field.normal)).map(|field| field.column).collect()
    }

    /// Returns the identifiers of a row's own user or company, with their columns.
    pub(super) fn identifiers(&self) -> impl Iterator<Item = (&str, usize)> {
        self.fields
            .iter()
            .filter(|field| field.is_identifier(self.kind))
            .filter_map(|field| Some((field.normal.first()?.as_str(), field.column)))
    }

    /// Says which columns are left out although nobody asked for it.
    pub(super) fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// Says what each column becomes.
    pub(super) fn described(&self) -> Vec<String> {
        self.fields.iter().map(|field| format!("column {}, `{}`: {}", field.column + 1, field.header, field.normal.join("."))).collect()
    }

    fn map(&mut self, path: &Path, headers: &[Vec<u8>], map: &str) -> Result<(), Error> {
        // A column's name may contain the sign, a property's can't.
        let (header, target) = map.rsplit_once('=').ok_or_else(|| Error::Map(map.to_owned()))?;
        let found: Vec<_> = (0..).zip(headers).filter(|(_, name)| *name == header.as_bytes()).map(|(column, _)| column).collect();
        let column = match found.as_slice() {
            [column] => *column,
            [] => {
                let (columns, hint) = (quoted(headers), other_separator(headers));
                return Err(Error::NoColumn { path: path.to_owned(), column: header.to_owned(), columns, hint });
            }
            several => return Err(Error::AmbiguousColumn { path: path.to_owned(), column: header.to_owned(), count: several.len() }),
        };
        let names: Vec<_> = target.split('.').map(|name| name.trim().to_owned()).collect();
        let field = Field::new(column, header.to_owned(), names, self.kind);
        self.fields.push(field.map_err(|reason| Error::Target { target: target.to_owned(), reason })?);
        Ok(())
    }

    /// Maps the columns that are not mapped yet to the properties of their own names.
    fn map_others(&mut self, path: &Path, headers: &[Vec<u8>]) -> Result<(), Error> {
        let mapped = self.columns();
        for (column, header) in (0..).zip(headers).filter(|(column, _)| !mapped.contains(column)) {
            let header = str::from_utf8(header).map_err(|_| Error::HeaderNotUtf8(path.to_owned()))?;
            match Field::new(column, header.to_owned(), vec![header.to_owned()], self.kind) {
                Ok(field) => self.fields.push(field),
                Err(reason) => self.left_out.push(format!("column {}, `{header}`, is left out: {reason}", column + 1)),
            }
        }
        Ok(())
    }

    fn check(&self, path: PathBuf, headers: &[Vec<u8>]) -> Result<(), Error> {
        for (index, field) in self.fields.iter().enumerate() {
            let mut before = self.fields.iter().take(index);
            let other = before.find(|other| other.normal.starts_with(&field.normal) || field.normal.starts_with(&other.normal));
            if let Some(Field { header: first, .. }) = other {
                let (property, first, second) = (field.normal.join("."), first.clone(), field.header.clone());
                return Err(Error::SameProperty { path, property, first, second });
            }
        }
        if self.identifiers().next().is_none() {
            let names: Vec<_> = self.kind.identifiers().iter().map(|name| format!("`{name}`")).collect();
            return Err(Error::NoIdentifier {
                path,
                identifiers: names.join(", "),
                columns: quoted(headers),
                hint: other_separator(headers),
            });
        }
        Ok(())
    }
}

impl Field {
    /// Makes a field, or says why there can't be one of this name.
    fn new(column: usize, header: String, path: Vec<String>, kind: Kind) -> Result<Self, String> {
        let normal = path.iter().map(|name| normalize(name)).collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        if let (Some(name), Some(sent)) = (normal.first(), path.first()) {
            if let Some(reason) = kind.reserved(name) {
                return Err(reason.to_owned());
            }
            if name == "id" && sent != "id" && path.len() == 1 {
                return Err(format!(
                    "only `id` is this API's own id. If it is yours, pass --map \"{header}=uid\", if it is ours, --map \"{header}=id\""
                ));
            }
        }
        Ok(Self { column, header, path, normal })
    }

    fn is_identifier(&self, kind: Kind) -> bool {
        matches!(self.normal.as_slice(), [name] if kind.identifiers().contains(&name.as_str()))
    }
}

/// Puts fields of the same hash together. Each is given with the rest of its path.
fn tree(fields: &[(&Field, &[String])], kind: Kind) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut done: Vec<String> = Vec::new();
    for (field, path) in fields {
        match path {
            [] => {}
            [name] => nodes.push(Node::Cell { name: json(name), column: field.column, is_identifier: field.is_identifier(kind) }),
            [name, ..] => {
                let normal = normalize(name).unwrap_or_default();
                if !done.contains(&normal) {
                    let inside: Vec<_> = fields
                        .iter()
                        .filter_map(|(field, path)| match path {
                            [first, rest @ ..] if normalize(first).unwrap_or_default() == normal && !rest.is_empty() => {
                                Some((*field, rest))
                            }
                            _ => None,
                        })
                        .collect();
                    nodes.push(Node::Hash { name: json(name), nodes: tree(&inside, kind) });
                    done.push(normal);
                }
            }
        }
    }
    nodes
}

fn json(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}
