//! Conditions, and how they are combined.

/// What DynamoDB is asked in place of some filters.
pub(super) struct Part {
    pub(super) condition: Condition,
    /// Whether it holds for exactly what fits; else for more.
    pub(super) is_exact: bool,
}

/// A condition of DynamoDB.
pub(super) enum Condition {
    Always,
    Never,
    Text(String, Shape),
}

/// What holds a condition's text together, which decides where it takes parentheses: DynamoDB refuses needless ones.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Shape {
    Single,
    And,
    Or,
}

impl Part {
    /// Everybody fits.
    pub(super) const ALWAYS: Self = Self { condition: Condition::Always, is_exact: true };
    /// Nobody fits.
    pub(super) const NEVER: Self = Self { condition: Condition::Never, is_exact: true };
    /// DynamoDB cannot tell who fits.
    pub(super) const UNKNOWN: Self = Self { condition: Condition::Always, is_exact: false };

    pub(super) fn exact(text: String, shape: Shape) -> Self {
        Self { condition: Condition::Text(text, shape), is_exact: true }
    }

    /// The same condition, which lets through more than what fits.
    pub(super) fn inexact(self) -> Self {
        Self { is_exact: false, ..self }
    }

    /// The negation of something exact; of anything else nothing is known.
    pub(super) fn not(self) -> Self {
        match self.condition {
            _ if !self.is_exact => Self::UNKNOWN,
            Condition::Always => Self::NEVER,
            Condition::Never => Self::ALWAYS,
            Condition::Text(text, Shape::Single) => Self::exact(format!("NOT {text}"), Shape::Single),
            Condition::Text(text, Shape::And | Shape::Or) => Self::exact(format!("NOT ({text})"), Shape::Single),
        }
    }

    /// Both of them.
    pub(super) fn and(self, other: Self) -> Self {
        let is_exact = self.is_exact && other.is_exact;
        let condition = match (self.condition, other.condition) {
            (Condition::Never, _) | (_, Condition::Never) => return Self::NEVER,
            (Condition::Always, condition) | (condition, Condition::Always) => condition,
            (Condition::Text(one, of_one), Condition::Text(two, of_two)) => {
                let enclosed = |text, shape| if shape == Shape::Or { format!("({text})") } else { text };
                Condition::Text(format!("{} AND {}", enclosed(one, of_one), enclosed(two, of_two)), Shape::And)
            }
        };
        Self { condition, is_exact }
    }

    /// Either of them.
    pub(super) fn or(self, other: Self) -> Self {
        let is_exact = self.is_exact && other.is_exact;
        let condition = match (self.condition, other.condition) {
            (Condition::Always, _) | (_, Condition::Always) => Condition::Always,
            (Condition::Never, condition) | (condition, Condition::Never) => condition,
            // AND binds tighter.
            (Condition::Text(one, _), Condition::Text(two, _)) => Condition::Text(format!("{one} OR {two}"), Shape::Or),
        };
        Self { condition, is_exact }
    }
}
