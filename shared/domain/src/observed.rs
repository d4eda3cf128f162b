//! The observed properties: those of the browser and the last visit. Each is always shown, and a clear removes them all.

/// The type of an observed property. `null` is a value of every type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObservedType {
    /// A number, of pixels.
    Pixels,
    /// A number, of hours from UTC.
    HoursFromUtc,
    /// A string, a language code.
    Language,
    /// One of these words. Any other stands for an unknown browser, which is the last of them.
    Browser(&'static [&'static str]),
    /// One of these words, or nothing.
    Device(&'static [&'static str]),
    /// A time.
    Time,
    /// A whole number, not negative.
    Count,
}

/// All of them. No other place lists their names.
const ALL: [(&str, ObservedType); 7] = [
    ("browser_x", ObservedType::Pixels),
    ("browser_tz", ObservedType::HoursFromUtc),
    ("browser_l", ObservedType::Language),
    ("browser_n", ObservedType::Browser(&["chrome", "firefox", "safari", "opera", "ie10", "ie11", "edge", "unknown"])),
    ("browser_k", ObservedType::Device(&["desktop", "mobile", "tablet"])),
    ("last_seen_at", ObservedType::Time),
    ("last_seen_session_count", ObservedType::Count),
];

/// The names of all observed properties.
pub fn observed_names() -> impl Iterator<Item = &'static str> {
    ALL.into_iter().map(|(name, _)| name)
}

/// The type of the observed property of this name; none if it is another property.
#[must_use]
pub fn observed_type(name: &str) -> Option<ObservedType> {
    ALL.into_iter().find(|(known, _)| *known == name).map(|(_, of_type)| of_type)
}
