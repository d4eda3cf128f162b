//! `profiles tables`: creates the tables of the template without a deployment.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use profiles_template::Template;

use crate::connection::Connection;
use crate::error::Error;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Creates the missing tables, and waits until all are ready.
    Create(Names),
    /// Prints the environment variables by which the functions know the tables' names.
    Env(Names),
}

#[derive(Args)]
pub(crate) struct Names {
    /// The SAM template that defines the tables.
    #[arg(long, value_name = "FILE", default_value = "template.yaml")]
    template: PathBuf,
    /// A prefix for each table's name.
    #[arg(long, value_name = "TEXT", default_value = "")]
    prefix: String,
}

pub(crate) async fn run(command: Command, connection: &Connection) -> Result<(), Error> {
    match command {
        Command::Create(names) => {
            let template = read(&names.template)?;
            let client = connection.client().await;
            for outcome in profiles_local::create_tables(&client, &template, &names.prefix).await? {
                let what = if outcome.created { "created" } else { "exists already" };
                println!("table {}: {what}", outcome.table);
            }
        }
        Command::Env(names) => {
            for table in read(&names.template)?.tables() {
                let name = profiles_local::local_name(table, &names.prefix);
                println!("{}={name}", table.environment_variable());
            }
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Template, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::TemplateFile { path: path.to_owned(), source })?;
    Template::parse(&text).map_err(|source| Error::Template { path: path.to_owned(), source })
}
