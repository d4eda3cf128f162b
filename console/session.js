// The account's secret, for as long as this tab is open. Nothing of it is kept anywhere else.

const SECRET = "secret";
const ACCOUNT = "account";

export function secret() {
  return sessionStorage.getItem(SECRET);
}

/** The id of the account that the secret belongs to. */
export function account() {
  return sessionStorage.getItem(ACCOUNT);
}

/** @param {string} newSecret @param {string} accountId */
export function keep(newSecret, accountId) {
  sessionStorage.setItem(SECRET, newSecret);
  sessionStorage.setItem(ACCOUNT, accountId);
}

/** Removes everything that this tab knows. */
export function forget() {
  sessionStorage.clear();
}
