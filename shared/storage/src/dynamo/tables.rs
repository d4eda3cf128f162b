//! The names of the tables.

/// The names of the tables, which the template puts into each function's environment.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// Accounts and the hashes of their secrets.
    pub accounts: String,
    /// Profiles, aliases and tombstones.
    pub profiles: String,
    /// The claims to e-mail addresses.
    pub identities: String,
    /// Companies.
    pub companies: String,
    /// Headers, tickets and problems of batches.
    pub batches: String,
    /// Items of batches that wait to be applied.
    pub batch_chunks: String,
    /// Events, interactions, responses and deliveries.
    pub activities: String,
    /// The counts of interactions with each tour and survey.
    pub summaries: String,
    /// The journals of clearing, forgetting and deleting companies.
    pub deletions: String,
    /// The properties that were sent.
    pub properties: String,
}

/// An environment variable that names a table is not set.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {0} is not set; it names a DynamoDB table, see template.yaml")]
pub struct MissingVariable(pub &'static str);

impl Tables {
    /// Reads the names from the environment, where `variable` looks them up.
    ///
    /// # Errors
    /// [`MissingVariable`] with the first that is not there.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Self, MissingVariable> {
        let name = |key: &'static str| variable(key).filter(|name| !name.is_empty()).ok_or(MissingVariable(key));
        Ok(Self {
            accounts: name("ACCOUNTS_TABLE")?,
            profiles: name("PROFILES_TABLE")?,
            identities: name("IDENTITIES_TABLE")?,
            companies: name("COMPANIES_TABLE")?,
            batches: name("BATCHES_TABLE")?,
            batch_chunks: name("BATCH_CHUNKS_TABLE")?,
            activities: name("ACTIVITIES_TABLE")?,
            summaries: name("SUMMARIES_TABLE")?,
            deletions: name("DELETIONS_TABLE")?,
            properties: name("PROPERTIES_TABLE")?,
        })
    }
}
