//! Primaries, subscripts, displays and comprehensions.
use super::expressions::rule;
use super::node::{Id, Kind};
use super::recognizer::{Recognizer, Targets};
use crate::tokenize::kind::*;

impl Recognizer {
    pub fn primary(&mut self) -> Option<Id> {
        self.memoised(rule::PRIMARY, |this| {
            let first = this.mark;
            let mut found = this.atom()?;
            while let Some(kind) = this.attempt(Self::trailer) {
                found = this.node(kind, first, Vec::new());
            }
            (!this.raised()).then_some(found)
        })
    }

    /// What may follow a primary.
    pub fn trailer(&mut self) -> Option<Kind> {
        let token = self.peek()?;
        match token.kind {
            DOT => {
                self.mark += 1;
                self.token(NAME)?;
                Some(Kind::Attribute)
            }
            LPAR => {
                if self.attempt(Self::generator).is_some() {
                    return Some(Kind::Call);
                }
                self.token(LPAR)?;
                self.arguments();
                self.token(RPAR)?;
                Some(Kind::Call)
            }
            LSQB => {
                self.mark += 1;
                self.slices()?;
                self.token(RSQB)?;
                Some(Kind::Subscript)
            }
            _ => None,
        }
    }

    pub fn slices(&mut self) -> Option<()> {
        if self.attempt(|this| {
            this.slice()?;
            this.never(|this| this.token(COMMA))
        })
        .is_some()
        {
            return Some(());
        }
        self.gather(COMMA, |this| {
            if this.attempt(Self::slice).is_some() {
                return Some(());
            }
            this.starred_expression().map(|_| ())
        })?;
        self.token(COMMA);
        Some(())
    }

    fn slice(&mut self) -> Option<()> {
        if self.attempt(|this| {
            this.expression();
            this.token(COLON)?;
            this.expression();
            if this.token(COLON).is_some() {
                this.expression();
            }
            Some(())
        })
        .is_some()
        {
            return Some(());
        }
        self.named_expression().map(|_| ())
    }

    pub fn atom(&mut self) -> Option<Id> {
        let token = self.peek()?;
        let first = self.mark;
        let kind = match (token.kind, token.keyword) {
            (NAME, 0) => Kind::Name,
            (_, KW_TRUE) => Kind::True,
            (_, KW_FALSE) => Kind::False,
            (_, KW_NONE) => Kind::None,
            (NUMBER, _) => Kind::Literal,
            (ELLIPSIS, _) => Kind::Ellipsis,
            (STRING | FSTRING_START | TSTRING_START, _) => return self.strings(),
            (LPAR, _) => {
                return self
                    .attempt(Self::tuple)
                    .or_else(|| self.attempt(Self::group))
                    .or_else(|| self.attempt(Self::generator));
            }
            (LSQB, _) => return self.attempt(Self::list).or_else(|| self.attempt(Self::list_comprehension)),
            (LBRACE, _) => {
                return self
                    .attempt(Self::dict)
                    .or_else(|| self.attempt(Self::set))
                    .or_else(|| self.attempt(Self::dict_comprehension))
                    .or_else(|| self.attempt(Self::set_comprehension));
            }
            _ => return None,
        };
        self.mark += 1;
        Some(self.node(kind, first, Vec::new()))
    }

    fn group(&mut self) -> Option<Id> {
        if let Some(found) = self.attempt(|this| {
            this.token(LPAR)?;
            let inner = match this.attempt(Self::yield_expression) {
                Some(found) => found,
                None => this.named_expression()?,
            };
            this.token(RPAR)?;
            Some(inner)
        }) {
            return Some(found);
        }
        if self.mistakes {
            self.attempt(|this| {
                this.token(LPAR)?;
                let starred = this.starred_expression()?;
                this.token(RPAR)?;
                this.raise_node::<Id>(starred, "cannot use starred expression here")
            });
            self.attempt(|this| {
                this.token(LPAR)?;
                let stars = this.token(DOUBLESTAR)?;
                this.expression()?;
                this.token(RPAR)?;
                this.raise_tokens::<Id>(stars, stars, "cannot use double starred expression here")
            });
        }
        None
    }

    pub fn list(&mut self) -> Option<Id> {
        let first = self.token(LSQB)?;
        let items = self.attempt(Self::star_named_expressions).unwrap_or_default();
        self.token(RSQB)?;
        Some(self.node(Kind::List, first, items))
    }

    pub fn tuple(&mut self) -> Option<Id> {
        let first = self.token(LPAR)?;
        let items = self
            .attempt(|this| {
                let mut items = vec![this.star_named_expression()?];
                this.token(COMMA)?;
                items.extend(this.attempt(Self::star_named_expressions).unwrap_or_default());
                Some(items)
            })
            .unwrap_or_default();
        self.token(RPAR)?;
        Some(self.node(Kind::Tuple, first, items))
    }

    fn set(&mut self) -> Option<Id> {
        let first = self.token(LBRACE)?;
        self.star_named_expressions()?;
        self.token(RBRACE)?;
        Some(self.node(Kind::Set, first, Vec::new()))
    }

    fn dict(&mut self) -> Option<Id> {
        if let Some(found) = self.attempt(|this| {
            let first = this.token(LBRACE)?;
            if this.attempt(|this| this.gather(COMMA, Self::double_starred_pair)).is_some() {
                this.token(COMMA);
            }
            this.token(RBRACE)?;
            Some(this.node(Kind::Dict, first, Vec::new()))
        }) {
            return Some(found);
        }
        // CPython's first reading looks for these mistakes already.
        self.attempt(|this| {
            this.token(LBRACE)?;
            this.invalid_double_starred_pairs()
        })
    }

    fn double_starred_pair(&mut self) -> Option<()> {
        if self.attempt(|this| {
            this.token(DOUBLESTAR)?;
            this.bitwise_or()
        })
        .is_some()
        {
            return Some(());
        }
        self.pair()
    }

    fn pair(&mut self) -> Option<()> {
        self.expression()?;
        self.token(COLON)?;
        self.expression()?;
        Some(())
    }

    fn invalid_double_starred_pairs(&mut self) -> Option<Id> {
        self.attempt(|this| {
            this.gather(COMMA, Self::double_starred_pair)?;
            this.token(COMMA)?;
            this.invalid_pair()
        });
        self.invalid_pair_value()
    }

    fn invalid_pair_value(&mut self) -> Option<Id> {
        self.attempt(|this| {
            this.expression()?;
            this.token(COLON)?;
            let star = this.token(STAR)?;
            this.bitwise_or()?;
            this.raise_from::<Id>(star, "cannot use a starred expression in a dictionary value")
        });
        self.attempt(|this| {
            this.expression()?;
            let colon = this.token(COLON)?;
            this.must(|this| this.token(RBRACE).or_else(|| this.token(COMMA)))?;
            this.raise_tokens::<Id>(colon, colon, "expression expected after dictionary key and ':'")
        })
    }

    fn invalid_pair(&mut self) -> Option<Id> {
        self.attempt(|this| {
            let key = this.expression()?;
            this.never(|this| this.token(COLON))?;
            let last = this.last(key);
            this.raise_key_without_colon::<Id>(this.first(key), last)
        });
        self.invalid_pair_value()
    }

    fn list_comprehension(&mut self) -> Option<Id> {
        if let Some(found) = self.attempt(|this| {
            let first = this.token(LSQB)?;
            this.named_expression()?;
            this.for_if_clauses()?;
            this.token(RSQB)?;
            Some(this.node(Kind::ListComp, first, Vec::new()))
        }) {
            return Some(found);
        }
        self.invalid_comprehension()
    }

    fn set_comprehension(&mut self) -> Option<Id> {
        if let Some(found) = self.attempt(|this| {
            let first = this.token(LBRACE)?;
            this.named_expression()?;
            this.for_if_clauses()?;
            this.token(RBRACE)?;
            Some(this.node(Kind::SetComp, first, Vec::new()))
        }) {
            return Some(found);
        }
        self.invalid_comprehension()
    }

    pub fn generator(&mut self) -> Option<Id> {
        if let Some(found) = self.attempt(|this| {
            let first = this.token(LPAR)?;
            this.assignment_or_expression()?;
            this.for_if_clauses()?;
            this.token(RPAR)?;
            Some(this.node(Kind::GeneratorExp, first, Vec::new()))
        }) {
            return Some(found);
        }
        self.invalid_comprehension()
    }

    fn dict_comprehension(&mut self) -> Option<Id> {
        if let Some(found) = self.attempt(|this| {
            let first = this.token(LBRACE)?;
            this.pair()?;
            this.for_if_clauses()?;
            this.token(RBRACE)?;
            Some(this.node(Kind::DictComp, first, Vec::new()))
        }) {
            return Some(found);
        }
        if self.mistakes {
            self.attempt(|this| {
                this.token(LBRACE)?;
                let stars = this.token(DOUBLESTAR)?;
                this.bitwise_or()?;
                this.for_if_clauses()?;
                this.token(RBRACE)?;
                this.raise_tokens::<Id>(stars, stars, "dict unpacking cannot be used in dict comprehension")
            });
        }
        None
    }

    fn invalid_comprehension(&mut self) -> Option<Id> {
        if !self.mistakes {
            return None;
        }
        self.attempt(|this| {
            [LSQB, LPAR, LBRACE].into_iter().find_map(|bracket| this.token(bracket))?;
            let starred = this.starred_expression()?;
            this.for_if_clauses()?;
            this.raise_node::<Id>(starred, "iterable unpacking cannot be used in comprehension")
        });
        const MESSAGE: &str = "did you forget parentheses around the comprehension target?";
        self.attempt(|this| {
            [LSQB, LBRACE].into_iter().find_map(|bracket| this.token(bracket))?;
            let first = this.star_named_expression()?;
            this.token(COMMA)?;
            let rest = this.star_named_expressions()?;
            this.for_if_clauses()?;
            let last = rest.last().copied().unwrap_or(first);
            this.raise_nodes::<Id>(first, last, MESSAGE)
        });
        self.attempt(|this| {
            [LSQB, LBRACE].into_iter().find_map(|bracket| this.token(bracket))?;
            let first = this.star_named_expression()?;
            let comma = this.token(COMMA)?;
            this.for_if_clauses()?;
            let first = this.first(first);
            this.raise_tokens::<Id>(first, comma, MESSAGE)
        })
    }

    /// The `for` and `if` clauses of a comprehension; the node ends with the last expression.
    pub fn for_if_clauses(&mut self) -> Option<Id> {
        let first = self.mark;
        self.some(Self::for_if_clause)?;
        Some(self.node(Kind::Other, first, Vec::new()))
    }

    fn for_if_clause(&mut self) -> Option<()> {
        let mark = self.mark;
        // Behind `in` no other reading is tried.
        let mut cut = false;
        let found = self.attempt(|this| {
            this.keyword(KW_ASYNC);
            this.keyword(KW_FOR)?;
            this.star_targets()?;
            this.keyword(KW_IN)?;
            cut = true;
            this.disjunction()?;
            this.many(|this| {
                this.keyword(KW_IF)?;
                this.disjunction()
            });
            (!this.raised()).then_some(())
        });
        if found.is_some() || cut {
            return found;
        }
        self.mark = mark;
        if self.mistakes {
            self.attempt(|this| {
                this.keyword(KW_ASYNC);
                this.keyword(KW_FOR)?;
                this.gather(COMMA, Self::bitwise_or)?;
                this.token(COMMA);
                this.never(|this| this.keyword(KW_IN))?;
                this.raise_here::<Id>("'in' expected after for-loop variables")
            });
            self.invalid_for_target();
        }
        None
    }

    pub fn invalid_for_target(&mut self) {
        if !self.mistakes {
            return;
        }
        self.attempt(|this| {
            this.keyword(KW_ASYNC);
            this.keyword(KW_FOR)?;
            let target = this.star_expressions()?;
            this.raise_invalid_target::<Id>(Targets::For, target)
        });
    }
}
