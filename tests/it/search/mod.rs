//! Searches, counts and lists of profiles.

mod asked;
mod churn;
mod model;
mod naive;
mod plans;
mod population;
mod random_trees;
mod trees;
mod vocabulary;
