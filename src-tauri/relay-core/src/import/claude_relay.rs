//! An export of claude-relay-service (Wei-Shaw), as its `scripts/data-transfer.js` (version 1.0) and
//! `data-transfer-enhanced.js` (2.0) write it (read November 2026): `{"metadata": {…}, "data": {"apiKeys": […], …}}`, where a
//! record is a Redis hash.
//!
//! Of a key it keeps SHA-256 over the key and its `ENCRYPTION_KEY`, from which nobody can tell what Carpool keeps, SHA-256
//! over the key alone. So keys go on working where one of two secrets is given: the `ENCRYPTION_KEY`, for all of them, or a
//! key itself. Accounts are not taken over: sign in to them anew, so that two relays do not renew one sign-in by turns.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{BadExport, Export, ImportedKey, fields::Fields, limits, usage};
use crate::name;

/// The name of a key of a friend who had but one.
const KEY_NAME: &str = "imported";
/// The versions that are known.
const VERSIONS: [&str; 2] = ["1.0", "2.0"];
/// What stands in the place of what an export was asked to leave out.
const REDACTED: &str = "[REDACTED]";
/// The longest name, in characters, that leaves room for a number.
const LONGEST_NAME: usize = 60;
/// The shortest key that is taken over: theirs have 64 digits after a prefix, and none that can be guessed is to open a door.
const SHORTEST_KEY: usize = 32;
/// Lists of the export that are not taken over, and what they are.
const LEFT_OUT: [(&str, &str); 3] =
    [("claudeAccounts", "Claude accounts"), ("geminiAccounts", "Gemini accounts"), ("admins", "administrators")];

/// Reads an export.
///
/// # Errors
/// [`BadExport`] when it is none.
pub fn read(file: &[u8]) -> Result<Export, BadExport> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    if file.starts_with(b"ID,") {
        return Err(BadExport::Csv);
    }
    let whole: Value = serde_json::from_slice(file).map_err(BadExport::Json)?;
    let metadata = whole["metadata"].as_object().ok_or(BadExport::Lacks("metadata"))?;
    let version = Fields(metadata).text("version").unwrap_or_default();
    if !VERSIONS.contains(&version) {
        return Err(BadExport::Version(version.to_owned()));
    }
    let data = whole["data"].as_object().ok_or(BadExport::Lacks("data"))?;
    let all = data.get("apiKeys").and_then(Value::as_array).ok_or(BadExport::Lacks("apiKeys"))?;
    let mut export = Export::default();
    for (list, words) in LEFT_OUT {
        let count = data.get(list).and_then(Value::as_array).map_or(0, Vec::len);
        if count > 0 {
            export.left_out.push(format!("{count} {words}"));
        }
    }
    let is_deleted = |key: &&Value| key.as_object().is_some_and(|key| Fields(key).is_on("isDeleted"));
    let deleted = all.iter().filter(is_deleted).count();
    if deleted > 0 {
        export.left_out.push(format!("{deleted} deleted keys"));
    }
    for key in all.iter().filter(|key| !is_deleted(key)) {
        let key = key.as_object().ok_or(BadExport::Lacks("keys that are objects"))?;
        export.keys.push(read_key(key).map_err(|why| BadExport::Key { key: called(key), why })?);
    }
    name_apart(&mut export.keys);
    Ok(export)
}

/// Reads keys that are given beside the export, a line each: the id or name there, a tab, and the key.
///
/// # Errors
/// [`BadExport`] when a line is none, or names no key of the export.
pub fn give_secrets(export: &mut Export, lines: &str) -> Result<(), BadExport> {
    for (number, line) in (1..).zip(lines.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let (name, key) = line.split_once('\t').ok_or(BadExport::Line(number))?;
        let (name, secret) = (name.trim(), key.trim());
        if name.is_empty() || secret.is_empty() || secret.contains(char::is_whitespace) {
            return Err(BadExport::Line(number));
        }
        if secret.len() < SHORTEST_KEY {
            return Err(BadExport::Short(number));
        }
        let is_meant = |key: &&mut ImportedKey| key.source_id == name || key.source_name == name;
        let mut meant: Vec<_> = export.keys.iter_mut().filter(is_meant).collect();
        let [key] = meant.as_mut_slice() else {
            let found = if meant.is_empty() { "no key of that name" } else { "several" };
            return Err(BadExport::Name { name: name.to_owned(), found });
        };
        key.secret = Some(secret.to_owned());
    }
    Ok(())
}

fn read_key(key: &Map<String, Value>) -> Result<ImportedKey, String> {
    let fields = Fields(key);
    let source_id = fields.text("id").ok_or("it has no id")?.to_owned();
    let source_name = fields.text("name").unwrap_or(&source_id).to_owned();
    let user = fields.text("userUsername");
    let (mut left_out, limits, expiry) = {
        let (limits, mut left_out) = limits::limits(&fields)?;
        let (expiry, changed) = limits::expiry(&fields)?;
        left_out.extend(changed);
        (left_out, limits, expiry)
    };
    let (days, months) = match fields.object("usageStats") {
        Some(stats) => usage::history(stats)?,
        None => Default::default(),
    };
    if days.is_empty() && months.is_empty() && fields.text("lastUsedAt").is_some() {
        left_out.push("its use, which is not in this export: data-transfer-enhanced.js exports it".to_owned());
    }
    Ok(ImportedKey {
        friend: fit(user.unwrap_or(&source_name)),
        name: if user.is_some() { fit(&source_name) } else { KEY_NAME.to_owned() },
        is_active: fields.text("isActive") != Some("false"),
        secret: fields.text("apiKey").filter(|key| is_plain(key)).map(str::to_owned),
        hash: fields.text("apiKey").and_then(|key| hex::decode(key).ok()?.try_into().ok()),
        created_at: fields.time("createdAt")?,
        expiry,
        limits,
        left_out,
        days,
        months,
        source_id,
        source_name,
    })
}

/// Whether this is a key, and not what it hashes to, or what stands in its place.
fn is_plain(key: &str) -> bool {
    let is_hash = key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    !is_hash && key.len() >= SHORTEST_KEY && !key.contains(REDACTED)
}

/// A name there as one here.
fn fit(theirs: &str) -> String {
    let plain: String =
        theirs.chars().map(|letter| if letter == '/' || letter.is_control() { '-' } else { letter }).collect();
    let short: String = plain.trim().chars().take(LONGEST_NAME).collect();
    let short = short.trim();
    if name::check(short).is_ok() { short.to_owned() } else { format!("key {short}").trim().to_owned() }
}

/// Two keys of a friend may have one name there.
fn name_apart(keys: &mut [ImportedKey]) {
    let mut taken: HashMap<(String, String), u32> = HashMap::new();
    for key in keys {
        let count = taken.entry((key.friend.clone(), key.name.clone())).or_default();
        *count += 1;
        if *count > 1 {
            key.name = format!("{}-{count}", key.name);
        }
    }
}

fn called(key: &Map<String, Value>) -> String {
    let fields = Fields(key);
    fields.text("name").or(fields.text("id")).unwrap_or("without a name").to_owned()
}
