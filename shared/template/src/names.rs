//! The names of tables outside the template.
//!
//! On AWS, CloudFormation generates a table's name, and the template passes it to the functions in an environment variable.
//! Locally, the name follows from the logical id. The variable is the same in both places.

/// Returns a table's local name: `ProfilesTable` is `profiles`, `BatchChunksTable` is `batch_chunks`.
pub fn table_name(logical_id: &str) -> String {
    let base = match logical_id.strip_suffix("Table") {
        Some(base) if !base.is_empty() => base,
        _ => logical_id,
    };
    let mut name = String::with_capacity(base.len() + 2);
    for (position, letter) in base.chars().enumerate() {
        if letter.is_ascii_uppercase() && position > 0 {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// Returns the environment variable that holds a table's name: `ProfilesTable` is `PROFILES_TABLE`.
pub fn environment_variable(logical_id: &str) -> String {
    format!("{}_TABLE", table_name(logical_id).to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logical_ids_give_names_and_variables() {
        for (logical_id, name, variable) in [
            ("ProfilesTable", "profiles", "PROFILES_TABLE"),
            ("BatchChunksTable", "batch_chunks", "BATCH_CHUNKS_TABLE"),
            ("Summaries", "summaries", "SUMMARIES_TABLE"),
            ("Table", "table", "TABLE_TABLE"),
        ] {
            assert_eq!(table_name(logical_id), name);
            assert_eq!(environment_variable(logical_id), variable);
        }
    }
}
