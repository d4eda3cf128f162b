//! Searches, counts and lists of companies, and what profiles' searches make of companies that are gone.
//!
//! What is known of a company has the form of what is known of a user, so that the naive evaluation of filters and the random filters are
//! the same.

mod bad_filters;
mod costs;
mod faults;
mod gone;
mod lag;
mod members;
mod pages;
mod population;
mod random_trees;
