//! Companies: their members, and their deletion.

use std::collections::BTreeSet;

use super::super::operations::{Answer, Company};
use super::{Profile, Progress, State, Step, Token, not_found, refused};

/// A company that was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Gone {
    uid: String,
    /// Whether its members are forgotten.
    cascade: bool,
    deletion: Token,
}

impl State {
    fn company(&self, uid: &str) -> Option<Token> {
        self.companies.iter().find(|(_, (known, _))| known == uid).map(|(token, _)| *token)
    }

    /// Returns the uid of the company that a profile shows.
    pub(in super::super) fn shown_company(&self, profile: &Profile) -> Option<String> {
        Some(self.companies.get(&profile.company?)?.0.clone())
    }

    /// Returns the company of this uid, which is founded if need be.
    fn found_company(&mut self, uid: &str) -> Token {
        self.company(uid).unwrap_or_else(|| {
            let token = self.token();
            self.companies.insert(token, (uid.to_owned(), Default::default()));
            token
        })
    }

    /// Ends the first step of an upsert: its profile joins a company, or leaves it.
    pub(super) fn join(mut self, token: Token, company: Company, answer: &Answer<Token>, may_join_gone: bool) -> Vec<(Self, Step)> {
        let uid = match company {
            Company::Unnamed => return vec![(self, Step::Ended(answer.clone()))],
            Company::Left => {
                self.profile(token).company = None;
                return vec![(self, Step::Ended(answer.clone()))];
            }
            Company::Named | Company::WithProperties => "c",
            Company::Other => "d",
        };
        let mut results = Vec::new();
        let more = |joined| Step::Continues(Progress { items: BTreeSet::new(), answer: Some(answer.clone()), joined: Some(joined) });
        let mut founded = self.clone();
        let joined = founded.found_company(uid);
        founded.profile(token).company = Some(joined);
        results.push((founded, if company == Company::WithProperties { more(joined) } else { Step::Ended(answer.clone()) }));
        // Exception **company leaves late**.
        let gone: Vec<_> = self.gone.iter().filter(|(_, gone)| may_join_gone && gone.uid == uid).map(|(token, _)| *token).collect();
        for gone in gone {
            let mut after = self.clone();
            after.profile(token).company = Some(gone);
            results.push((after.clone(), Step::Ended(answer.clone())));
            results.push((after, more(gone)));
        }
        results
    }

    /// The second step of an upsert. Its company gets its properties, or is another one by now.
    pub(super) fn second_step(&self, company: Company, label: &str, answer: &Answer<Token>, joined: Token) -> Vec<(Self, Step)> {
        let mut after = self.clone();
        if let Some((_, properties)) = after.companies.get_mut(&joined) {
            if company == Company::WithProperties {
                properties.insert("plan".to_owned(), label.to_owned());
            }
            return vec![(after, Step::Ended(answer.clone()))];
        }
        let Answer::Profile(token) = answer else { return Vec::new() };
        match self.resolve(*token).filter(|token| self.profiles[token].company == Some(joined)) {
            Some(token) => after.join(token, company, answer, false),
            None => vec![(after, Step::Ended(answer.clone()))],
        }
    }

    pub(super) fn upsert_company(&mut self, label: &str) -> Answer<Token> {
        let token = self.found_company("c");
        self.companies.entry(token).or_default().1.insert("plan".to_owned(), label.to_owned());
        Answer::Company(token)
    }

    pub(super) fn retrieve_company(&self) -> Answer<Token> {
        self.company("c").map_or_else(|| refused(not_found()), Answer::Company)
    }

    pub(super) fn delete_company(&self, cascade: bool) -> Vec<(Self, Step)> {
        let mut after = self.clone();
        let Some(company) = self.company("c") else {
            let gone = (after.clone(), Step::Ended(refused(not_found())));
            let before = self.gone.values().filter(|gone| gone.uid == "c" && gone.cascade == cascade);
            return [gone]
                .into_iter()
                .chain(before.map(|gone| (after.clone(), Step::Ended(Answer::CompanyDeleted(gone.deletion)))))
                .collect();
        };
        let deletion = after.token();
        after.companies.remove(&company);
        after.deleted_companies.insert("c".to_owned());
        after.gone.insert(company, Gone { uid: "c".to_owned(), cascade, deletion });
        vec![(after, Step::Ended(Answer::CompanyDeleted(deletion)))]
    }

    /// Returns the states in which one more member of a deleted company is forgotten, or taken off it. The latter only a merge shows: of two
    /// memberships it keeps that of a deleted company, unless the member was taken off.
    pub(in super::super) fn without_a_member(&self) -> Vec<Self> {
        let members = self.profiles.iter().filter_map(|(token, profile)| Some((*token, self.gone.get(&profile.company?)?)));
        let without = |(token, gone): (Token, &Gone)| match gone.cascade {
            true => self.after_forget(token).0,
            false => {
                let mut after = self.clone();
                after.profile(token).company = None;
                after
            }
        };
        members.map(without).collect()
    }

    /// Returns the states after an item of a batch joined the company `c`.
    pub(super) fn join_by_batch(self, token: Token) -> Vec<Self> {
        let mut after = self.clone();
        if !self.deleted_companies.contains("c") {
            let company = after.found_company("c");
            after.profile(token).company = Some(company);
            return vec![after];
        }
        let gone: Vec<_> = self.gone.iter().filter(|(_, gone)| gone.uid == "c").map(|(company, _)| *company).collect();
        let joined = gone.into_iter().map(|company| {
            let mut after = self.clone();
            after.profile(token).company = Some(company);
            after
        });
        // It is ignored, or it was joined before.
        [after].into_iter().chain(joined).collect()
    }
}
