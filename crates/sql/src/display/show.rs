//! The table that `df.show()` and the console sink print.

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType;

use super::text::{Style, format_value};
use firesteel_formats::ZoneId;

/// How a table is shown.
#[derive(Debug, Clone, Copy)]
pub struct Show {
    /// How many rows at most.
    pub rows: usize,
    /// After how many characters a cell is cut; 0 for never.
    pub truncate: usize,
    /// One line a cell instead of one a row.
    pub vertical: bool,
    /// The zone in which instants are shown.
    pub zone: ZoneId,
}

/// The table as text. `batches` should hold one row more than is shown, so that the text can say that there are more.
pub fn show(names: &[String], batches: &[RecordBatch], options: Show) -> String {
    let total: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let cells = cells(batches, options);
    let names: Vec<String> = names.iter().map(|name| escape(name)).collect();
    let mut text = if options.vertical { vertical(&names, &cells) } else { table(&names, &cells, options.truncate) };
    if total > options.rows {
        let rows = if options.rows == 1 { "row" } else { "rows" };
        text.push_str(&format!("only showing top {} {rows}", options.rows));
    }
    text
}

fn cells(batches: &[RecordBatch], options: Show) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            if rows.len() == options.rows {
                return rows;
            }
            rows.push(batch.columns().iter().map(|column| cell(column, row, options)).collect());
        }
    }
    rows
}

fn cell(column: &dyn Array, row: usize, options: Show) -> String {
    let style = Style { zone: options.zone, binary_as_hex: true, null: "NULL", scientific: false };
    let text = if column.data_type() == &DataType::Null { "NULL".into() } else { format_value(column, row, style) };
    truncate(&escape(&text), options.truncate)
}

/// Control characters that would break the table.
fn escape(text: &str) -> String {
    text.replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace('\t', "\\t")
        .replace('\u{c}', "\\f")
        .replace('\u{8}', "\\b")
        .replace('\u{b}', "\\v")
        .replace('\u{7}', "\\a")
}

fn truncate(text: &str, limit: usize) -> String {
    let length = text.chars().count();
    if limit == 0 || length <= limit {
        return text.to_string();
    }
    if limit < 4 {
        return text.chars().take(limit).collect();
    }
    let mut cut: String = text.chars().take(limit - 3).collect();
    cut.push_str("...");
    cut
}

/// How many columns of a terminal a text takes: East Asian wide characters take two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

fn is_wide(c: char) -> bool {
    matches!(c as u32,
        0x1100..=0x115F | 0x2E80..=0x303E | 0x3041..=0x33FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF
        | 0xA000..=0xA4CF | 0xA960..=0xA97C | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE10..=0xFE19
        | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6)
}

fn pad(text: &str, to: usize, left: bool) -> String {
    let fill = " ".repeat(to.saturating_sub(width(text)));
    if left { format!("{fill}{text}") } else { format!("{text}{fill}") }
}

fn table(names: &[String], rows: &[Vec<String>], limit: usize) -> String {
    const WIDTH_MIN: usize = 3;
    let widths: Vec<usize> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            rows.iter().map(|row| width(&row[i])).chain([width(name), WIDTH_MIN]).max().unwrap_or(WIDTH_MIN)
        })
        .collect();
    let rule: String = widths.iter().map(|w| format!("+{}", "-".repeat(*w))).collect::<String>() + "+\n";
    let line = |cells: &[String]| -> String {
        // Cut tables align right, whole ones left.
        let padded: String =
            cells.iter().zip(&widths).map(|(cell, w)| format!("|{}", pad(cell, *w, limit > 0))).collect();
        padded + "|\n"
    };
    let mut text = rule.clone() + &line(names) + &rule;
    rows.iter().for_each(|row| text.push_str(&line(row)));
    text + &rule
}

fn vertical(names: &[String], rows: &[Vec<String>]) -> String {
    const WIDTH_MIN: usize = 3;
    if rows.is_empty() {
        return "(0 rows)".into();
    }
    let name_width = names.iter().map(|name| width(name)).chain([WIDTH_MIN]).max().unwrap_or(WIDTH_MIN);
    let cell_width = rows.iter().flatten().map(|cell| width(cell)).chain([WIDTH_MIN]).max().unwrap_or(WIDTH_MIN);
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let header = format!("-RECORD {index}");
        text.push_str(&header);
        text.push_str(&"-".repeat((name_width + cell_width + 5).saturating_sub(header.len())));
        text.push('\n');
        for (name, cell) in names.iter().zip(row) {
            text.push_str(&format!(" {} | {} \n", pad(name, name_width, false), pad(cell, cell_width, false)));
        }
    }
    text
}

/// The table as HTML, as notebooks show it.
pub fn html(names: &[String], batches: &[RecordBatch], options: Show) -> String {
    let total: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let line = |tag: &str, cells: &[String]| -> String {
        let cells: Vec<String> = cells.iter().map(|c| format!("<{tag}>{}</{tag}>", escape(c))).collect();
        format!("<tr>{}</tr>\n", cells.join(""))
    };
    let mut text = String::from("<table border='1'>\n") + &line("th", names);
    cells(batches, options).iter().for_each(|row| text.push_str(&line("td", row)));
    text.push_str("</table>\n");
    if total > options.rows {
        let rows = if options.rows == 1 { "row" } else { "rows" };
        text.push_str(&format!("only showing top {} {rows}\n", options.rows));
    }
    text
}
