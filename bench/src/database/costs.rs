//! What one call costs: requests and capacity units, as DynamoDB Local counts them.

use super::calls::ALL;
use super::stage::Stage;
use crate::recorder::Notes;

/// What each call costs, in the order of [`ALL`].
pub(super) async fn of_each_call(stage: &Stage) -> Vec<Notes> {
    let mut costs = Vec::with_capacity(ALL.len());
    for call in ALL {
        stage.recorder.take();
        stage.recorded.make(call, &stage.users[0]).await;
        costs.push(stage.recorder.take());
    }
    costs
}
