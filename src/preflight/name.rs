//! Names of tables and indexes as SQL writes them.

/// A name with its schema, where that is written. Unquoted letters are folded to lower case, as PostgreSQL does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    pub schema: Option<String>,
    pub name: String,
}

impl Name {
    /// `orders`, `shop.orders`, `"Odd name"."x"`, also with ONLY before and a star behind.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = vec![String::new()];
        let mut quoted = false;
        let mut letters = without_only(text.trim().trim_end_matches('*').trim_end()).chars().peekable();
        while let Some(letter) = letters.next() {
            let last = parts.last_mut()?;
            match letter {
                '"' if quoted && letters.peek() == Some(&'"') => {
                    letters.next();
                    last.push('"');
                }
                '"' => quoted = !quoted,
                '.' if !quoted => parts.push(String::new()),
                letter if quoted => last.push(letter),
                letter if letter.is_whitespace() => {}
                letter => last.extend(letter.to_lowercase()),
            }
        }
        let name = parts.pop().filter(|name| !name.is_empty())?;
        Some(Self { schema: parts.pop(), name })
    }

    /// As it is shown: with the schema where there is one.
    pub fn shown(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{schema}.{}", self.name),
            None => self.name.clone(),
        }
    }

    /// Whether both may mean the same: a missing schema means any.
    pub fn meets(&self, other: &Self) -> bool {
        self.name == other.name
            && (self.schema.is_none() || other.schema.is_none() || self.schema == other.schema)
    }
}

fn without_only(text: &str) -> &str {
    match text.split_at_checked(5) {
        Some((only, rest)) if only.eq_ignore_ascii_case("only ") => rest.trim_start(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_postgresql_reads_them() {
        let shown = |text: &str| Name::parse(text).unwrap().shown();
        assert_eq!(shown("Shop . Orders"), "shop.orders");
        assert_eq!(shown("ONLY orders *"), "orders");
        let odd = Name::parse(r#""Odd ""one"".x".T"#).unwrap();
        assert_eq!((odd.schema.as_deref(), odd.name.as_str()), (Some("Odd \"one\".x"), "t"));
        assert_eq!(Name::parse(" "), None);
    }
}
