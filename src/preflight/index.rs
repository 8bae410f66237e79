//! What an index is, read from its CREATE INDEX: whether written by people, rendered by a migration tool, or by `pg_get_indexdef`.

use super::name::Name;
use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SourceFile, SyntaxNode};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// None: PostgreSQL chooses one.
    pub name: Option<Name>,
    pub table: Name,
    pub unique: bool,
    pub concurrently: bool,
    pub if_not_exists: bool,
    /// `btree`, `hash`, ...
    pub method: String,
    /// Each as normalised text: `status`, `created_at desc`, `lower(name)`.
    pub keys: Vec<String>,
    pub includes: Vec<String>,
    /// The condition of a partial index, as normalised text.
    pub predicate: Option<String>,
    /// From USING on, as written, for `pg_get_indexdef`'s form.
    spec: String,
}

/// How two definitions compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    Same,
    /// Only the texts of expressions differ, which the server rewrites: whether they mean the same, text cannot tell.
    Unsure,
    Different,
}

impl Index {
    /// The first statement of the text, where it is a CREATE INDEX.
    pub fn parse(text: &str) -> Option<Self> {
        match SourceFile::parse(text).tree().stmts().next()? {
            ast::Stmt::CreateIndex(create) => Self::of(&create),
            _ => None,
        }
    }

    pub fn of(create: &ast::CreateIndex) -> Option<Self> {
        let method = create.using_method().and_then(|using| using.access_method_ref());
        let method = method.map_or_else(|| "btree".to_owned(), |method| text(method.syntax()).to_lowercase());
        let keys = create.partition_item_list()?;
        let includes = create.index_include_clause().and_then(|clause| clause.partition_item_list());
        let predicate = create.where_clause().and_then(|clause| clause.expr());
        let mut spec = format!("{method} {}", text(keys.syntax()));
        if let Some(includes) = &includes {
            spec.push_str(&format!(" INCLUDE {}", text(includes.syntax())));
        }
        if let Some(predicate) = &predicate {
            spec.push_str(&format!(" WHERE {}", text(predicate.syntax())));
        }
        let items = |list: &ast::PartitionItemList| {
            list.partition_items().map(|item| key(&text(item.syntax()))).collect::<Vec<_>>()
        };
        Some(Self {
            name: create.index().and_then(|name| Name::parse(&text(name.syntax()))),
            table: Name::parse(&text(create.table_relation_name()?.syntax()))?,
            unique: create.unique_token().is_some(),
            concurrently: create.concurrently_token().is_some(),
            if_not_exists: create.if_not_exists().is_some(),
            method,
            keys: items(&keys),
            includes: includes.iter().flat_map(items).collect(),
            predicate: predicate.map(|predicate| normal(&text(predicate.syntax()))),
            spec,
        })
    }

    pub fn like(&self, other: &Self) -> Likeness {
        let plain = (self.unique, &self.method, &self.includes, self.keys.len(), self.predicate.is_some())
            == (other.unique, &other.method, &other.includes, other.keys.len(), other.predicate.is_some());
        let columns = self.keys.iter().zip(&other.keys);
        if !plain || columns.clone().any(|(a, b)| a != b && !(is_expression(a) && is_expression(b))) {
            Likeness::Different
        } else if self.keys == other.keys && self.predicate == other.predicate {
            Likeness::Same
        } else {
            Likeness::Unsure
        }
    }

    /// As `pg_get_indexdef` would begin it, for the table that is meant.
    pub fn definition(&self, name: &str, table: &str) -> String {
        let unique = if self.unique { "UNIQUE " } else { "" };
        format!("CREATE {unique}INDEX {name} ON {table} USING {}", self.spec)
    }
}

fn text(node: &SyntaxNode) -> String {
    node.text().to_string().trim().to_owned()
}

fn is_expression(key: &str) -> bool {
    key.contains(['(', '+', '|', ':'])
}

/// A key without what is the default anyway.
fn key(text: &str) -> String {
    let text = normal(text);
    let text = text.strip_suffix(" nulls last").filter(|rest| !rest.ends_with(" desc")).unwrap_or(&text);
    let text = text.strip_suffix(" nulls first").filter(|rest| rest.ends_with(" desc")).unwrap_or(text);
    text.strip_suffix(" asc").unwrap_or(text).to_owned()
}

/// Lower case outside of quotes, single blanks, no parentheses around the whole.
fn normal(text: &str) -> String {
    let mut out = String::new();
    let mut quote = None;
    for letter in text.chars() {
        match quote {
            Some(open) => {
                out.push(letter);
                quote = Some(open).filter(|open| *open != letter);
            }
            None if letter.is_whitespace() => {
                if !out.ends_with([' ', '(']) {
                    out.push(' ');
                }
            }
            None => {
                quote = Some(letter).filter(|letter| matches!(letter, '\'' | '"'));
                if letter == ')' && out.ends_with(' ') {
                    out.pop();
                }
                out.extend(letter.to_lowercase());
            }
        }
    }
    let mut text = out.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        if !balanced(inner) {
            break;
        }
        text = inner.trim();
    }
    text.to_owned()
}

fn balanced(text: &str) -> bool {
    let mut depth = 0_i32;
    text.chars().all(|letter| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        depth >= 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(text: &str) -> Index {
        Index::parse(text).unwrap_or_else(|| panic!("no index: {text}"))
    }

    #[test]
    fn all_its_parts_are_read() {
        let index = index(
            "create unique index concurrently if not exists \"By x\" on only Shop.Orders using gist (Status DESC nulls first, lower( name )) \
             include (id) where (deleted = 'No')",
        );
        assert_eq!(index.name.as_ref().unwrap().name, "By x");
        assert_eq!((index.table.shown(), index.method.as_str()), ("shop.orders".to_owned(), "gist"));
        assert!(index.unique && index.concurrently && index.if_not_exists);
        assert_eq!(index.keys, ["status desc", "lower(name)"]);
        assert_eq!(index.includes, ["id"]);
        assert_eq!(index.predicate.as_deref(), Some("deleted = 'No'"));
    }

    #[test]
    fn what_is_written_and_what_the_server_says_are_compared_by_meaning() {
        let server = index("CREATE INDEX i ON s.t USING btree (a, b) WHERE (c IS NOT NULL)");
        let like = |text: &str| server.like(&index(text));
        assert_eq!(
            like("CREATE INDEX CONCURRENTLY i ON t (a ASC, B NULLS LAST) WHERE c is not null"),
            Likeness::Same
        );
        assert_eq!(like("CREATE INDEX i ON t (a, b) WHERE c > 0"), Likeness::Unsure);
        assert_eq!(like("CREATE INDEX i ON t (b, a) WHERE c IS NOT NULL"), Likeness::Different);
        assert_eq!(like("CREATE INDEX i ON t (a, b)"), Likeness::Different);
        assert_eq!(like("CREATE INDEX i ON t USING hash (a, b) WHERE c IS NOT NULL"), Likeness::Different);
    }

    #[test]
    fn a_definition_is_written_as_the_server_would() {
        let written = index("CREATE INDEX CONCURRENTLY i ON t (a) WHERE (b IS NOT NULL)");
        assert_eq!(
            written.definition("i", "s.t"),
            "CREATE INDEX i ON s.t USING btree (a) WHERE (b IS NOT NULL)"
        );
    }
}
