//! Places: how many searches and counts of an account are under way at once.
