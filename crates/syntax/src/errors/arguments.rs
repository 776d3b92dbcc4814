//! Call arguments.
use super::expressions::rule;
use super::node::{Id, Kind};
use super::recognizer::Recognizer;
use crate::tokenize::kind::*;

/// Keyword arguments: the starred values among them, and whether one is `**`.
struct Keywords {
    starred: Vec<Id>,
    unpacked: bool,
}

enum Keyword {
    Named,
    Starred(Id),
    Unpacked,
}

const MAYBE_EQUAL: &str = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";

impl Recognizer {
    pub fn arguments(&mut self) -> Option<Id> {
        self.memoised(rule::ARGUMENTS, |this| {
            if let Some(found) = this.attempt(|this| {
                let found = this.args()?;
                this.token(COMMA);
                this.must(|this| this.token(RPAR))?;
                Some(found)
            }) {
                return Some(found);
            }
            if this.mistakes {
                this.invalid_arguments();
            }
            None
        })
    }

    fn positional(&mut self) -> Option<Id> {
        let found = match self.attempt(Self::starred_expression) {
            Some(found) => found,
            None => self.assignment_or_expression()?,
        };
        self.never(|this| this.token(EQUAL))?;
        Some(found)
    }

    fn args(&mut self) -> Option<Id> {
        let first = self.mark;
        if let Some(found) = self.attempt(|this| {
            let mut items = this.gather(COMMA, Self::positional)?;
            let keywords = this.attempt(|this| {
                this.token(COMMA)?;
                this.keyword_arguments()
            });
            let mut kind = Kind::Args;
            if let Some(keywords) = keywords {
                items.extend(keywords.starred);
                if keywords.unpacked {
                    kind = Kind::ArgsUnpacked;
                }
            }
            Some(this.node(kind, first, items))
        }) {
            return Some(found);
        }
        let keywords = self.attempt(Self::keyword_arguments)?;
        let kind = if keywords.unpacked { Kind::ArgsUnpacked } else { Kind::Args };
        Some(self.node(kind, first, keywords.starred))
    }

    fn keyword_arguments(&mut self) -> Option<Keywords> {
        let all = if let Some(found) = self.attempt(|this| {
            let mut first = this.gather(COMMA, Self::keyword_or_starred)?;
            this.token(COMMA)?;
            first.extend(this.gather(COMMA, Self::keyword_or_double_starred)?);
            Some(first)
        }) {
            found
        } else if let Some(found) = self.attempt(|this| this.gather(COMMA, Self::keyword_or_starred)) {
            found
        } else {
            self.attempt(|this| this.gather(COMMA, Self::keyword_or_double_starred))?
        };
        let unpacked = all.iter().any(|keyword| matches!(keyword, Keyword::Unpacked));
        let starred = all
            .into_iter()
            .filter_map(|keyword| match keyword {
                Keyword::Starred(id) => Some(id),
                _ => None,
            })
            .collect();
        Some(Keywords { starred, unpacked })
    }

    fn named_argument(&mut self) -> Option<Keyword> {
        self.attempt(|this| {
            this.token(NAME)?;
            this.token(EQUAL)?;
            this.expression()?;
            Some(Keyword::Named)
        })
    }

    fn keyword_or_starred(&mut self) -> Option<Keyword> {
        if self.mistakes {
            self.invalid_keyword_argument();
        }
        if let Some(found) = self.named_argument() {
            return Some(found);
        }
        self.starred_expression().map(Keyword::Starred)
    }

    fn keyword_or_double_starred(&mut self) -> Option<Keyword> {
        if self.mistakes {
            self.invalid_keyword_argument();
        }
        if let Some(found) = self.named_argument() {
            return Some(found);
        }
        self.attempt(|this| {
            this.token(DOUBLESTAR)?;
            this.expression()?;
            Some(Keyword::Unpacked)
        })
    }

    pub fn starred_expression(&mut self) -> Option<Id> {
        if self.mistakes {
            self.attempt(|this| {
                let star = this.token(STAR)?;
                this.expression()?;
                this.token(EQUAL)?;
                let value = this.expression()?;
                let last = this.last(value);
                this.raise_tokens::<Id>(star, last, "cannot assign to iterable argument unpacking")
            });
        }
        if let Some(found) = self.attempt(|this| {
            let first = this.token(STAR)?;
            let value = this.expression()?;
            Some(this.node(Kind::Starred, first, vec![value]))
        }) {
            return Some(found);
        }
        if self.mistakes {
            self.attempt(|this| {
                this.token(STAR)?;
                this.raise_here::<Id>("Invalid star expression")
            });
        }
        None
    }

    fn invalid_arguments(&mut self) {
        self.attempt(|this| {
            let mixed = this.attempt(|this| {
                this.gather(COMMA, Self::positional)?;
                this.token(COMMA)?;
                this.keyword_arguments()
            });
            if mixed.is_none() {
                this.attempt(Self::keyword_arguments)?;
            }
            let comma = this.token(COMMA)?;
            this.gather(COMMA, |this| {
                let found = this.starred_expression()?;
                this.never(|this| this.token(EQUAL))?;
                Some(found)
            })?;
            this.raise_from::<Id>(comma, "iterable argument unpacking follows keyword argument unpacking")
        });
        self.attempt(|this| {
            let element = this.expression()?;
            let clauses = this.for_if_clauses()?;
            this.token(COMMA)?;
            // Whatever follows is read first: it may hold a mistake of its own.
            if this.attempt(Self::args).is_none() {
                this.attempt(|this| {
                    this.expression()?;
                    this.for_if_clauses()
                });
            }
            this.raise_nodes::<Id>(element, clauses, "Generator expression must be parenthesized")
        });
        self.attempt(Self::keyword_generator);
        self.attempt(|this| {
            this.attempt(|this| {
                this.args()?;
                this.token(COMMA)
            });
            let name = this.token(NAME)?;
            let equal = this.token(EQUAL)?;
            this.must(|this| this.token(COMMA).or_else(|| this.token(RPAR)))?;
            this.raise_tokens::<Id>(name, equal, "expected argument value expression")
        });
        self.attempt(|this| {
            let args = this.args()?;
            let clauses = this.for_if_clauses()?;
            let positional = this.children(args);
            if positional.len() <= 1 {
                return None;
            }
            let last = *positional.last()?;
            this.raise_nodes::<Id>(last, clauses, "Generator expression must be parenthesized")
        });
        self.attempt(|this| {
            this.args()?;
            this.token(COMMA)?;
            let element = this.expression()?;
            let clauses = this.for_if_clauses()?;
            this.raise_nodes::<Id>(element, clauses, "Generator expression must be parenthesized")
        });
        self.attempt(|this| {
            let args = this.args()?;
            this.token(COMMA)?;
            this.args()?;
            let tail = if this.kind(args) == Kind::ArgsUnpacked { " unpacking" } else { "" };
            this.raise_here::<Id>(format!("positional argument follows keyword argument{tail}"))
        });
    }

    /// `f(name=x for x in y)`
    fn keyword_generator(&mut self) -> Option<Id> {
        let name = self.token(NAME)?;
        let equal = self.token(EQUAL)?;
        self.expression()?;
        self.for_if_clauses()?;
        self.raise_tokens(name, equal, MAYBE_EQUAL)
    }

    fn invalid_keyword_argument(&mut self) {
        self.attempt(|this| {
            let constant = [KW_TRUE, KW_FALSE, KW_NONE].into_iter().find_map(|word| this.keyword(word))?;
            let equal = this.token(EQUAL)?;
            let shown = this.text_of(this.token_at(constant)).to_owned();
            this.raise_tokens::<Id>(constant, equal, format!("cannot assign to {shown}"))
        });
        self.attempt(Self::keyword_generator);
        self.attempt(|this| {
            this.never(|this| {
                this.token(NAME)?;
                this.token(EQUAL)
            })?;
            let target = this.expression()?;
            let equal = this.token(EQUAL)?;
            let first = this.first(target);
            this.raise_tokens::<Id>(
                first,
                equal,
                "expression cannot contain assignment, perhaps you meant \"==\"?",
            )
        });
        self.attempt(|this| {
            let stars = this.token(DOUBLESTAR)?;
            this.expression()?;
            this.token(EQUAL)?;
            let value = this.expression()?;
            let last = this.last(value);
            this.raise_tokens::<Id>(stars, last, "cannot assign to keyword argument unpacking")
        });
    }
}
