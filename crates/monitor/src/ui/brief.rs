//! Descriptions in few words, for tables: a micro-batch's without the ids of its query.

/// A job's or stage's description in one line.
pub(super) fn brief(description: &str) -> String {
    let is_id = |line: &&str| line.starts_with("id = ") || line.starts_with("runId = ");
    let lines: Vec<&str> = description.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if !lines.iter().any(|line| line.starts_with("batch = ")) {
        return lines.join(" ");
    }
    let words: Vec<&str> = lines.iter().copied().filter(|line| !is_id(line)).collect();
    let words = words.join(", ").replace("batch = ", "batch ");
    if words.starts_with("batch ") { format!("streaming query, {words}") } else { words }
}

/// A group of jobs; of a query's run, whose id is long, the beginning.
pub(super) fn group(group: &str) -> &str {
    let is_uuid = group.len() == 36 && group.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if is_uuid { &group[..8] } else { group }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_micro_batch_is_told_by_its_query_and_number() {
        assert_eq!(brief("clicks\nid = 1-2\nrunId = 3-4\nbatch = 7"), "clicks, batch 7");
        assert_eq!(brief("id = 1-2\nrunId = 3-4\nbatch = 7"), "streaming query, batch 7");
        assert_eq!(brief("SELECT id\n  FROM t"), "SELECT id FROM t");
        assert_eq!(group("439fd184-e470-4336-91b9-4ab649eb11e3"), "439fd184");
        assert_eq!(group("nightly"), "nightly");
    }
}
