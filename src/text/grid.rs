//! Rows and columns for a terminal, as psql lays them out.

/// A column's heading, and whether it holds numbers, which stand to the right.
#[derive(Clone, Debug)]
pub struct Heading<'a> {
    pub text: &'a str,
    pub right: bool,
}

/// Each line of the table, without line ends. Cells are cut at `width` characters; control characters become blanks, so that one cell
/// is never more than one line and sends nothing to a terminal.
pub fn lines<'a>(
    headings: &[Heading<'_>],
    rows: impl Iterator<Item = Vec<Option<&'a str>>>,
    width: usize,
) -> Vec<String> {
    let rows: Vec<Vec<String>> =
        rows.map(|row| row.iter().map(|cell| shown(cell.unwrap_or_default(), width)).collect()).collect();
    let heads: Vec<String> = headings.iter().map(|heading| shown(heading.text, width)).collect();
    let widths: Vec<usize> = heads
        .iter()
        .enumerate()
        .map(|(at, head)| {
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
            cells.max().unwrap_or(0).max(head.chars().count())
        })
        .collect();
    let line = |cells: &[String], right: &dyn Fn(usize) -> bool| {
        let padded = cells.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
            if right(at) { format!(" {cell:>width$} ") } else { format!(" {cell:<width$} ") }
        });
        padded.collect::<Vec<_>>().join("|").trim_end().to_owned()
    };
    let rule = widths.iter().map(|width| "-".repeat(width + 2)).collect::<Vec<_>>().join("+");
    let head = line(&heads, &|_| false);
    let body = rows.iter().map(|row| line(row, &|at| headings[at].right));
    [head, rule].into_iter().chain(body).collect()
}

fn shown(cell: &str, width: usize) -> String {
    let mut text: String = cell.chars().take(width).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if cell.chars().nth(width).is_some() {
        text.pop();
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_numbers_stand_to_the_right() {
        let headings = [Heading { text: "name", right: false }, Heading { text: "n", right: true }];
        let rows = [vec![Some("a\nb"), Some("7")], vec![None, Some("1200")], vec![Some("a long name"), None]];
        let told = lines(&headings, rows.into_iter(), 8).join("\n");
        let wanted = " name     | n\n----------+------\n a b      |    7\n          | 1200\n a long … |";
        assert_eq!(told, wanted);
    }
}
