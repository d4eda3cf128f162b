//! A table, to read on a terminal.

/// The characters of a cell that are shown.
const WIDEST: usize = 48;

/// Adds a header and lines. Each column is as wide as its widest cell.
pub(super) fn write<'a>(names: impl Iterator<Item = &'a str>, lines: &[Vec<String>], out: &mut Vec<u8>) {
    let shown: Vec<Vec<String>> = std::iter::once(names.map(ToOwned::to_owned).collect())
        .chain(lines.iter().map(|line| line.iter().map(|cell| shown(cell)).collect()))
        .collect();
    let mut widths: Vec<usize> = Vec::new();
    for line in &shown {
        widths.resize(line.len().max(widths.len()), 0);
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for line in &shown {
        let cells: Vec<_> = line.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
        out.extend(cells.join("  ").trim_end().as_bytes());
        out.push(b'\n');
    }
}

/// Makes a cell one line of limited length. What a user named himself must not control the terminal.
fn shown(cell: &str) -> String {
    let mut characters = cell.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut shown: String = characters.by_ref().take(WIDEST).collect();
    if characters.next().is_some() {
        shown.pop();
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_side_by_side() {
        let lines =
            [vec!["a".to_owned(), "Größe".to_owned(), String::new()], vec!["bcd".to_owned(), "\u{1b}[31m\n".to_owned(), "x".repeat(60)]];
        let mut out = Vec::new();
        write(["id", "n", "long"].into_iter(), &lines, &mut out);
        let text = format!("id   n       long\na    Größe\nbcd   [31m   {}…\n", "x".repeat(47));
        assert_eq!(String::from_utf8(out).unwrap(), text);
    }
}
