//! Events, webhooks and deliveries, and the idempotency of their requests.

use super::super::operations::{Answer, Operation, Who};
use super::{State, Token, not_found, refused};

impl State {
    pub(super) fn event(&mut self, operation: &Operation, who: Who, key: Option<&'static str>) -> Answer<Token> {
        if let Some(answer) = self.earlier("event", key, operation) {
            return answer.map_or_else(|answer| answer, Answer::Event);
        }
        let token = match self.find_or_create(who) {
            Ok(token) => token,
            Err(refusal) => return refused(refusal),
        };
        let event = self.token();
        self.profile(token).events.insert(event);
        self.remember("event", key, operation, event);
        Answer::Event(event)
    }

    pub(super) fn webhook(&mut self, operation: &Operation, who: Who, id: &'static str, state: &str) -> Answer<Token> {
        if self.keys.contains_key(&("webhook", id)) {
            return Answer::Webhook;
        }
        let token = match self.find_or_create(who) {
            Ok(token) => token,
            Err(refusal) => return refused(refusal),
        };
        self.remember("webhook", Some(id), operation, 0);
        self.profile(token).reached.insert(state.to_owned());
        Answer::Webhook
    }

    pub(super) fn deliver(&mut self, who: Who, key: Option<&'static str>) -> Answer<Token> {
        let Some(token) = self.find(who) else { return refused(not_found()) };
        if let Some(before) = key.and_then(|key| self.profiles[&token].delivery_keys.get(key)) {
            return Answer::Delivery(*before);
        }
        if self.profiles[&token].deliveries.len() >= 3 {
            return Answer::Refused(409, String::new());
        }
        let delivery = self.token();
        let profile = self.profile(token);
        profile.deliveries.insert(0, delivery);
        profile.delivery_keys.extend(key.map(|key| (key, delivery)));
        Answer::Delivery(delivery)
    }

    pub(super) fn withdraw(&mut self, place: usize) -> Answer<Token> {
        let delivery = self.written.get(place).copied().flatten();
        let pending = self.profiles.values_mut().find(|profile| delivery.is_some_and(|id| profile.deliveries.contains(&id)));
        match pending.zip(delivery) {
            Some((profile, delivery)) => {
                profile.deliveries.retain(|pending| *pending != delivery);
                Answer::Delivery(delivery)
            }
            None => Answer::Refused(404, String::new()),
        }
    }

    /// Returns what an earlier request with this key recorded; `Err` if that was another request.
    fn earlier(&self, of: &'static str, key: Option<&'static str>, operation: &Operation) -> Option<Result<Token, Answer<Token>>> {
        let (known, token) = self.keys.get(&(of, key?))?;
        Some(if known == operation { Ok(*token) } else { Err(Answer::Refused(409, String::new())) })
    }

    fn remember(&mut self, of: &'static str, key: Option<&'static str>, operation: &Operation, token: Token) {
        if let Some(key) = key {
            self.keys.insert((of, key), (operation.clone(), token));
        }
    }
}
