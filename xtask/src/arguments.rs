//! The options of one command: `--name value` and `--flag`, each asked for by name, anything left over an error.

/// Words after the command's name, taken out as they are asked for.
pub struct Arguments {
    words: Vec<String>,
}

impl Arguments {
    pub fn new(words: Vec<String>) -> Self {
        Self { words }
    }

    /// Whether `--name` was given.
    pub fn flag(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != name);
        self.words.len() != before
    }

    /// The value of `--name VALUE` or `--name=VALUE`; the last one wins.
    pub fn value(&mut self, name: &str) -> Result<Option<String>, String> {
        let mut found = None;
        while let Some(at) = self.words.iter().position(|word| {
            word == name
                || word
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('='))
        }) {
            let word = self.words.remove(at);
            found = Some(match word.split_once('=') {
                Some((_, value)) => value.to_string(),
                None if at < self.words.len() => self.words.remove(at),
                None => return Err(format!("{name} needs a value")),
            });
        }
        Ok(found)
    }

    /// A whole number, or `default` where the option is absent.
    pub fn number(&mut self, name: &str, default: u64) -> Result<u64, String> {
        match self.value(name)? {
            None => Ok(default),
            Some(text) => text
                .parse()
                .map_err(|_| format!("{name}: `{text}` is not a whole number")),
        }
    }

    /// A command line, split at spaces.
    pub fn words(&mut self, name: &str) -> Result<Option<Vec<String>>, String> {
        match self.value(name)? {
            None => Ok(None),
            Some(text) => {
                let words: Vec<String> = text.split_whitespace().map(str::to_string).collect();
                if words.is_empty() {
                    Err(format!("{name} is empty"))
                } else {
                    Ok(Some(words))
                }
            }
        }
    }

    /// Parts between commas.
    pub fn list(&mut self, name: &str) -> Result<Vec<String>, String> {
        Ok(self.value(name)?.map_or_else(Vec::new, |text| {
            text.split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(str::to_string)
                .collect()
        }))
    }

    /// Everything must have been asked for by now.
    pub fn done(self) -> Result<(), String> {
        match self.words.first() {
            None => Ok(()),
            Some(word) => Err(format!(
                "`{word}` is not an option of this command; see `cargo xtask help`"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn arguments(text: &str) -> Arguments {
        Arguments::new(text.split_whitespace().map(str::to_string).collect())
    }

    #[test]
    fn options_are_taken_out_once() {
        let mut each = arguments("--rounds 3 --bless --filter=json --rounds=4");
        assert_eq!(each.number("--rounds", 9), Ok(4));
        assert!(each.flag("--bless"));
        assert_eq!(each.value("--filter"), Ok(Some("json".to_string())));
        assert_eq!(each.number("--jobs", 2), Ok(2));
        assert_eq!(each.done(), Ok(()));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(arguments("--rounds").number("--rounds", 1).is_err());
        assert!(arguments("--rounds x").number("--rounds", 1).is_err());
        assert!(arguments("--what").done().is_err());
        let mut prefix = arguments("--rounds-more 1");
        assert_eq!(prefix.number("--rounds", 7), Ok(7));
    }
}
