//! Claims that may be ahead of their profile: an address is claimed first, then its profile is written, then the old address is released.
//!
//! [Two requests](schedules) pass their calls in every order with at most two changes between them, and either may die; [many](random) pass
//! theirs at random, with faults. Afterwards no two profiles share a uid or an address, the claim to a profile's address names it, what was
//! acknowledged is found, and an address that nobody has is free. Each of five [mistakes](planted) in the protocol is found in this way.

mod forgotten;
mod planted;
mod random;
mod run;
mod schedules;
