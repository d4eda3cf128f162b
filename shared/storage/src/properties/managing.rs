//! Creating properties, and changing what people read of them.

use profiles_domain::{AccountId, Error, Property, PropertyId, PropertyKind};
use profiles_normalization::Timestamp;

use super::Properties;
use super::item::{DESCRIPTION, NAME, read};
use super::plan::{count_new, new_property};
use crate::dynamo::database::Write;
use crate::dynamo::item::Item;
use crate::dynamo::transaction::{Committed, Transaction};
use crate::dynamo::value::text;
use crate::schema::attributes::{ID, UPDATED_AT};
use crate::schema::keys;

/// The result of creating a property.
pub enum Created {
    /// It was created.
    Now(Box<Property>),
    /// It is there already, under this id.
    Before(PropertyId),
    /// The account has as many properties as are listed.
    Full,
}

/// A change of what people read of a property.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PropertyEdit {
    /// The new name, if there is one.
    pub name: Option<String>,
    /// The new description; `Some(None)` takes it away.
    pub description: Option<Option<String>>,
}

impl Properties<'_> {
    /// Creates a property that was not sent yet.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn create(
        &self,
        account: AccountId,
        (kind, prop): (PropertyKind, String),
        name: String,
        description: Option<String>,
        now: Timestamp,
    ) -> Result<Created, Error> {
        let key = keys::property(account, kind, keys::slot_of_property(account, kind, &prop));
        let mut retries = self.database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let mut transaction = Transaction::default();
            let put = new_property(self.database, account, (kind, prop.clone()), (name.clone(), description.clone()), now);
            let put = transaction.add(put)?;
            let counted = transaction.add(count_new(self.database, account, 1))?;
            let refused = match self.database.commit(transaction).await? {
                Committed::Done => {
                    let stored = self.database.get(&self.database.tables.properties, key).await?;
                    let property = read(&stored).ok_or_else(|| Error::Defect("a created property is malformed".into()))?;
                    return Ok(Created::Now(Box::new(property)));
                }
                Committed::Refused(refused) => refused,
            };
            if let Some(stored) = refused.get(put) {
                let id = read(stored).map(|property| property.id);
                return id.map(Created::Before).ok_or_else(|| Error::Defect("a stored property is malformed".into()));
            }
            if refused.has(counted) {
                return Ok(Created::Full);
            }
        }
    }

    /// Changes a property, and returns it as it is then; `None` when it is not there.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn change(&self, account: AccountId, id: PropertyId, edit: PropertyEdit, now: Timestamp) -> Result<Option<Property>, Error> {
        let Some(stored) = self.item(account, id).await? else { return Ok(None) };
        let Some(property) = read(&stored) else { return Ok(None) };
        let PropertyEdit { name, description } = edit;
        if name.is_none() && description.is_none() {
            return Ok(Some(property));
        }
        let (mut set, mut remove) = (format!("SET {UPDATED_AT} = :now"), String::new());
        let mut request = self
            .database
            .client
            .update_item()
            .table_name(&self.database.tables.properties)
            .set_key(Some(keys::property(account, property.kind, id.slot())))
            .condition_expression(format!("{ID} = :id"))
            .expression_attribute_values(":id", text(id))
            .expression_attribute_values(":now", text(stored.next_update(now)))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllNew);
        if let Some(name) = name {
            // One of DynamoDB's reserved words.
            set.push_str(", #name = :name");
            request = request.expression_attribute_names("#name", NAME).expression_attribute_values(":name", text(name));
        }
        match description {
            Some(Some(description)) => {
                set.push_str(&format!(", {DESCRIPTION} = :description"));
                request = request.expression_attribute_values(":description", text(description));
            }
            Some(None) => remove = format!(" REMOVE {DESCRIPTION}"),
            None => {}
        }
        let mut retries = self.database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let changed: Item = match self.database.update(request.clone().update_expression(format!("{set}{remove}"))).await? {
                Write::Done(changed) => changed,
                Write::Refused(_) => return Ok(None),
                Write::Raced => continue,
            };
            return Ok(read(&changed));
        }
    }
}
