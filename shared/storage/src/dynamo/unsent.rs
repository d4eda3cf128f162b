//! The items of a call for many of them, of which DynamoDB may leave some unprocessed.

use profiles_domain::Error;

use super::retry::Retries;

/// Items that are still to be sent.
pub(super) struct Unsent<T> {
    items: Vec<T>,
    retries: Retries,
}

impl<T> Unsent<T> {
    pub(super) fn new(items: Vec<T>, retries: Retries) -> Self {
        Self { items, retries }
    }

    /// Returns the items to send, at once or after a while; `None` when there are none.
    ///
    /// # Errors
    /// `Unavailable` when no attempt is left.
    pub(super) async fn next(&mut self) -> Result<Option<&[T]>, Error> {
        if self.items.is_empty() {
            return Ok(None);
        }
        self.retries.wait_for_next().await?;
        Ok(Some(&self.items))
    }

    /// Keeps the items that a call left unprocessed: all, if DynamoDB did not take it. Attempts are counted anew if it processed some.
    ///
    /// # Errors
    /// That of a call which need not be tried again.
    pub(super) fn keep(&mut self, unprocessed: Result<Vec<T>, Error>) -> Result<(), Error> {
        match unprocessed {
            Ok(items) => {
                if items.len() < self.items.len() {
                    self.retries.begin_again();
                }
                self.items = items;
                Ok(())
            }
            Err(Error::Unavailable) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
