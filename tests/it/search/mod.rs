//! Searches, counts and lists of profiles.
//!
//! `population` makes an account, `model` reads what is stored, `naive` evaluates filters on that, and `trees` makes filters.

mod asked;
mod bad_filters;
mod churn;
mod companies;
mod costs;
mod examples;
mod faults;
mod lag;
mod model;
mod naive;
mod pages;
mod places;
mod plans;
mod population;
mod random_trees;
mod shapes;
mod time;
mod trees;
mod vocabulary;
