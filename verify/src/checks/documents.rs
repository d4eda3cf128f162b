//! The commands of the README and of the guide.

use super::{Context, Interrupted};
use crate::guide::{Example, Names, Reader, examples, stored_form};
use crate::made::User;
use crate::progress::Progress;
use crate::report::Check;

pub(super) async fn documents(context: &Context<'_>) -> Result<(), Interrupted> {
    let check = |example: &Example| {
        let expected = example.answer.as_ref().map_or("a 2xx".to_owned(), |_| "the answer shown".to_owned());
        Check::new(
            "guide",
            example.to_string(),
            expected,
            "the deployment does not do what its documents say: compare its version with this one",
        )
    };
    let examples = match examples() {
        Ok(examples) => examples,
        Err(error) => {
            let check = Check::new("guide", "reading the documents", "commands and answers", "mend the document");
            context.report.line(&check, Err(error));
            return Ok(());
        }
    };
    let names = Names::of_run(&examples, context.made.mark());
    names.uids().iter().for_each(|uid| context.made.user(User::Uid(uid.clone())));
    names.emails().iter().for_each(|email| context.made.user(User::Email(stored_form(email))));
    names.companies().iter().for_each(|company| context.made.company(company));
    context.made.stays("a tour and a Microsurvey of random ids, with counts of zero, and properties: the API deletes none");
    let mut reader = Reader::of_run(context.client.base(), context.client.secret(), names);
    for example in examples {
        if context.client.stop().is_requested() {
            return Err(Interrupted);
        }
        let check = check(&example);
        // The shell is waited for in a thread of its own.
        let running = tokio::task::spawn_blocking(move || {
            let result = reader.run(&example);
            (reader, result)
        });
        let (result, after) = match Progress::new(format!("guide: {}", check.what), 1).during(running).await {
            Ok((after, result)) => (result, after),
            Err(error) => {
                context.report.line(&check, Err(error.to_string()));
                return Ok(());
            }
        };
        reader = after;
        // At Ctrl-C, a terminal ends the command, too.
        if result.is_err() && context.client.stop().is_requested() {
            return Err(Interrupted);
        }
        context.report.line(&check, result.map(|()| "that".to_owned()));
    }
    Ok(())
}
