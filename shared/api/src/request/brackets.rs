//! Names with brackets, as Rack reads them: `tags[]=a` is an array, `company[uid]=931` an object, `filters[][kind]=property` an array of
//! objects.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::value::RawValue;

use crate::error::Error;

/// The most pairs of brackets in a name.
const MAX_DEPTH: usize = 5;
/// Members of an object that are looked through one by one. With more, there is an index, so that many names take no quadratic time.
const MAX_UNINDEXED: usize = 8;
/// Characters of a name in a message.
const SHOWN: usize = 100;

/// A name with brackets, taken apart: the part before them, and what is in each pair.
struct Path<'n> {
    base: &'n str,
    steps: Steps<'n>,
}

/// What is in each pair of brackets. Nothing means that a value is appended to an array.
type Steps<'n> = Vec<&'n str>;

/// A value made of several names.
pub(super) enum Node<'a> {
    Text(Cow<'a, str>),
    List(Vec<Self>),
    Object(Box<Object<'a>>),
}

/// Members in the order sent. Of a name that was given several texts, all are kept: the reader of the object warns of them.
#[derive(Default)]
pub(super) struct Object<'a> {
    members: Vec<(String, Node<'a>)>,
    index: Option<HashMap<String, usize>>,
}

/// The kind of a value, for messages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    List,
    Object,
}

impl Kind {
    fn of(step: Option<&&str>) -> Self {
        match step {
            None => Self::Text,
            Some(&"") => Self::List,
            Some(_) => Self::Object,
        }
    }
}

impl Node<'_> {
    fn kind(&self) -> Kind {
        match self {
            Self::Text(_) => Kind::Text,
            Self::List(_) => Kind::List,
            Self::Object(_) => Kind::Object,
        }
    }

    fn empty(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(Cow::Borrowed("")),
            Kind::List => Self::List(Vec::new()),
            Kind::Object => Self::Object(Box::default()),
        }
    }
}

impl<'a> Object<'a> {
    fn position(&self, name: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(name).copied(),
            None => self.members.iter().position(|(known, _)| known == name),
        }
    }

    fn push(&mut self, name: &str, node: Node<'a>) -> usize {
        let position = self.members.len();
        if self.members.is_empty() {
            // Most nested objects have few members, and a request may have very many objects.
            self.members.reserve_exact(1);
        }
        if let Some(index) = &mut self.index {
            index.entry(name.to_owned()).or_insert(position);
        }
        self.members.push((name.to_owned(), node));
        if self.index.is_none() && self.members.len() > MAX_UNINDEXED {
            let mut index = HashMap::new();
            for (position, (name, _)) in self.members.iter().enumerate() {
                index.entry(name.clone()).or_insert(position);
            }
            self.index = Some(index);
        }
        position
    }

    fn get(&self, name: &str) -> Option<&Node<'a>> {
        self.members.get(self.position(name)?).map(|(_, node)| node)
    }

    /// True if a value was given under these names. An array never has one: each value is appended.
    fn has(&self, steps: &[&str]) -> bool {
        let Some((name, rest)) = steps.split_first() else { return true };
        match self.get(name) {
            _ if steps.contains(&"") => false,
            Some(Node::Object(object)) => object.has(rest),
            Some(_) => rest.is_empty(),
            None => false,
        }
    }

    /// Adds a text under a name and what follows it in brackets. `None` if a value of another kind is there.
    pub(super) fn add(&mut self, name: &str, steps: &[&str], text: Cow<'a, str>) -> Option<()> {
        let kind = Kind::of(steps.first());
        let position = match self.position(name) {
            Some(position) if kind != Kind::Text => position,
            Some(position) if self.members.get(position).is_some_and(|(_, node)| node.kind() != kind) => return None,
            _ => self.push(name, Node::empty(kind)),
        };
        let (_, node) = self.members.get_mut(position)?;
        match node {
            Node::Text(there) if kind == Kind::Text => *there = text,
            Node::List(items) if kind == Kind::List => append(items, steps.get(1..)?, text)?,
            Node::Object(object) if kind == Kind::Object => {
                let (next, rest) = steps.split_first()?;
                object.add(next, rest, text)?;
            }
            _ => return None,
        }
        Some(())
    }
}

/// Appends a text to an array. An object there is continued until it has a value under the same names.
fn append<'a>(items: &mut Vec<Node<'a>>, steps: &[&str], text: Cow<'a, str>) -> Option<()> {
    let Some((name, rest)) = steps.split_first() else {
        items.push(Node::Text(text));
        return Some(());
    };
    // `a[][]=1`: an array with a single item, each time.
    if name.is_empty() {
        items.push(Node::List(vec![Node::Text(text)]));
        return Some(());
    }
    match items.last_mut() {
        Some(Node::Object(last)) if !last.has(steps) => last.add(name, rest, text),
        _ => {
            let mut object = Box::<Object<'_>>::default();
            object.add(name, rest, text)?;
            items.push(Node::Object(object));
            Some(())
        }
    }
}

/// Reads names and values of a form. Names without brackets are as they were; the others become one value each, in the place of the first.
/// Also returns the first mistake in a name, which has no value then.
pub(super) fn nest<'a>(pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>) -> (Vec<(Cow<'a, str>, Nested<'a>)>, Option<Error>) {
    let mut entries: Vec<(Cow<'a, str>, Nested<'a>)> = Vec::with_capacity(pairs.len());
    let mut mistake = None;
    // The place of each name's first value.
    let mut places: HashMap<String, usize> = HashMap::new();
    let has_brackets = pairs.iter().any(|(name, _)| name.contains(['[', ']']));
    if !has_brackets {
        return (pairs.into_iter().map(|(name, text)| (name, Nested::Text(text))).collect(), None);
    }
    for (name, text) in pairs {
        let Path { base, steps } = match path(&name) {
            Ok(path) => path,
            Err(error) => {
                mistake.get_or_insert(error);
                continue;
            }
        };
        let place = places.get(base).and_then(|place| entries.get_mut(*place)).map(|(_, value)| value);
        let fits = match (place, steps.is_empty()) {
            (None | Some(Nested::Text(_)), true) => {
                places.entry(base.to_owned()).or_insert(entries.len());
                entries.push((name, Nested::Text(text)));
                continue;
            }
            (None, false) => {
                let mut object = Object::default();
                let added = object.add("", &steps, text);
                places.insert(base.to_owned(), entries.len());
                entries.push((Cow::Owned(base.to_owned()), Nested::Node(object)));
                added.is_some()
            }
            (Some(Nested::Node(object)), false) => object.add("", &steps, text).is_some(),
            (Some(Nested::Text(_)), false) | (Some(Nested::Node(_)), true) => false,
        };
        if !fits {
            mistake.get_or_insert_with(|| Error::ConflictingBrackets(shown(&name)));
        }
    }
    (entries, mistake)
}

/// The value of a name in a form.
pub(super) enum Nested<'a> {
    /// The name had no brackets.
    Text(Cow<'a, str>),
    /// The only member of this object.
    Node(Object<'a>),
}

impl Object<'_> {
    /// The JSON text of the only member.
    pub(super) fn json(&self) -> Option<Box<RawValue>> {
        let (_, node) = self.members.first()?;
        serde_json::value::to_raw_value(node).ok()
    }
}

impl serde::Serialize for Node<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(object) => {
                let mut map = serializer.serialize_map(Some(object.members.len()))?;
                for (name, node) in &object.members {
                    map.serialize_entry(name, node)?;
                }
                map.end()
            }
        }
    }
}

/// Takes a name apart.
fn path(name: &str) -> Result<Path<'_>, Error> {
    let malformed = || Error::MalformedBrackets(shown(name));
    let (base, mut rest) = name.split_at(name.find(['[', ']']).unwrap_or(name.len()));
    let mut steps = Steps::new();
    while !rest.is_empty() {
        let (step, after) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).ok_or_else(malformed)?;
        // Rack reads nothing of use in brackets after `[][]`.
        if base.is_empty() || step.contains('[') || matches!(steps.as_slice(), [.., "", ""]) {
            return Err(malformed());
        }
        if steps.len() == MAX_DEPTH {
            return Err(Error::DeepBrackets(shown(name)));
        }
        steps.push(step);
        rest = after;
    }
    Ok(Path { base, steps })
}

/// A name as far as a message shows it.
fn shown(name: &str) -> String {
    name.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests;
