//! `match` statements and their patterns.
use super::expressions::rule;
use super::node::{Id, Kind};
use super::recognizer::Recognizer;
use crate::tokenize::kind::*;

impl Recognizer {
    pub fn match_statement(&mut self) -> Option<()> {
        if let Some(found) = self.attempt(|this| {
            this.soft("match")?;
            this.subject()?;
            this.token(COLON)?;
            this.token(NEWLINE)?;
            this.token(INDENT)?;
            this.some(Self::case_block)?;
            this.token(DEDENT)?;
            Some(())
        }) {
            return Some(found);
        }
        if self.mistakes {
            self.attempt(|this| {
                this.soft("match")?;
                this.subject()?;
                this.token(NEWLINE)?;
                this.raise_here::<()>("expected ':'")
            });
            self.attempt(|this| {
                let opener = this.soft("match")?;
                this.subject()?;
                this.no_block("'match' statement", opener)
            });
        }
        None
    }

    fn subject(&mut self) -> Option<()> {
        if self
            .attempt(|this| {
                this.star_named_expression()?;
                this.token(COMMA)?;
                this.attempt(Self::star_named_expressions);
                (!this.raised()).then_some(())
            })
            .is_some()
        {
            return Some(());
        }
        self.named_expression().map(|_| ())
    }

    fn case_block(&mut self) -> Option<()> {
        if self.mistakes {
            self.attempt(|this| {
                this.case_head()?;
                this.token(NEWLINE)?;
                this.raise_here::<()>("expected ':'")
            });
            self.attempt(|this| {
                let opener = this.case_head()?;
                this.no_block("'case' statement", opener)
            });
        }
        self.case_head()?;
        self.token(COLON)?;
        self.block()
    }

    fn case_head(&mut self) -> Option<usize> {
        let opener = self.soft("case")?;
        self.patterns()?;
        self.attempt(|this| {
            this.keyword(KW_IF)?;
            this.named_expression()
        });
        Some(opener)
    }

    fn patterns(&mut self) -> Option<()> {
        if self.attempt(Self::open_sequence).is_some() {
            return Some(());
        }
        self.pattern()
    }

    fn pattern(&mut self) -> Option<()> {
        if self
            .attempt(|this| {
                this.or_pattern()?;
                this.keyword(KW_AS)?;
                this.capture_target()
            })
            .is_some()
        {
            return Some(());
        }
        if self.mistakes {
            self.attempt(|this| {
                this.or_pattern()?;
                this.keyword(KW_AS)?;
                let name = this.soft("_")?;
                this.raise_tokens::<()>(name, name, "cannot use '_' as a target")
            });
            self.attempt(|this| {
                this.or_pattern()?;
                this.keyword(KW_AS)?;
                let target = this.expression()?;
                let what = this.kind(target).describe();
                this.raise_node::<()>(target, format!("cannot use {what} as pattern target"))
            });
        }
        self.or_pattern()
    }

    fn or_pattern(&mut self) -> Option<()> {
        self.gather(VBAR, Self::closed_pattern)?;
        (!self.raised()).then_some(())
    }

    /// Memoised: each nested pattern is tried as several things.
    fn closed_pattern(&mut self) -> Option<()> {
        self.memoised_twice(rule::CLOSED_PATTERN, |this| {
            let first = this.mark;
            this.any_closed_pattern()?;
            Some(this.node(Kind::Other, first, Vec::new()))
        })
        .map(|_| ())
    }

    fn any_closed_pattern(&mut self) -> Option<()> {
        self.attempt(Self::literal_pattern)
            .or_else(|| self.attempt(Self::capture_target))
            .or_else(|| self.attempt(|this| this.soft("_").map(|_| ())))
            .or_else(|| self.attempt(Self::value_pattern))
            .or_else(|| {
                self.attempt(|this| {
                    this.token(LPAR)?;
                    this.pattern()?;
                    this.token(RPAR)?;
                    Some(())
                })
            })
            .or_else(|| self.attempt(Self::sequence_pattern))
            .or_else(|| self.attempt(Self::mapping_pattern))
            .or_else(|| self.attempt(Self::class_pattern))
    }

    fn literal_pattern(&mut self) -> Option<()> {
        if self
            .attempt(|this| {
                this.signed_number()?;
                this.never(|this| this.token(PLUS).or_else(|| this.token(MINUS)))
            })
            .is_some()
            || self.attempt(Self::complex_number).is_some()
            || self.attempt(Self::strings).is_some()
        {
            return Some(());
        }
        [KW_NONE, KW_TRUE, KW_FALSE].into_iter().find_map(|word| self.keyword(word)).map(|_| ())
    }

    fn signed_number(&mut self) -> Option<()> {
        self.token(MINUS);
        self.token(NUMBER).map(|_| ())
    }

    fn complex_number(&mut self) -> Option<()> {
        self.token(MINUS);
        let real = self.token(NUMBER)?;
        if self.is_imaginary(real) {
            return self.raise_tokens(real, real, "real number required in complex literal");
        }
        self.token(PLUS).or_else(|| self.token(MINUS))?;
        let imaginary = self.token(NUMBER)?;
        if !self.is_imaginary(imaginary) {
            return self.raise_tokens(imaginary, imaginary, "imaginary number required in complex literal");
        }
        Some(())
    }

    fn is_imaginary(&self, index: usize) -> bool {
        self.text_of(self.token_at(index)).ends_with(['j', 'J'])
    }

    fn capture_target(&mut self) -> Option<()> {
        self.never(|this| this.soft("_"))?;
        self.token(NAME)?;
        self.never(Self::name_continues)
    }

    fn name_continues(&mut self) -> Option<usize> {
        [DOT, LPAR, EQUAL].into_iter().find_map(|kind| self.token(kind))
    }

    fn dotted(&mut self) -> Option<()> {
        self.token(NAME)?;
        self.some(|this| {
            this.token(DOT)?;
            this.token(NAME)
        })
        .map(|_| ())
    }

    fn value_pattern(&mut self) -> Option<()> {
        self.dotted()?;
        self.never(Self::name_continues)
    }

    fn sequence_pattern(&mut self) -> Option<()> {
        if self.token(LSQB).is_some() {
            self.attempt(Self::maybe_sequence);
            return self.token(RSQB).map(|_| ());
        }
        self.token(LPAR)?;
        self.attempt(Self::open_sequence);
        self.token(RPAR).map(|_| ())
    }

    fn open_sequence(&mut self) -> Option<()> {
        self.maybe_star_pattern()?;
        self.token(COMMA)?;
        self.attempt(Self::maybe_sequence);
        (!self.raised()).then_some(())
    }

    fn maybe_sequence(&mut self) -> Option<()> {
        self.gather(COMMA, Self::maybe_star_pattern)?;
        self.token(COMMA);
        Some(())
    }

    fn maybe_star_pattern(&mut self) -> Option<()> {
        if self
            .attempt(|this| {
                this.token(STAR)?;
                if this.attempt(Self::capture_target).is_none() {
                    this.soft("_")?;
                }
                Some(())
            })
            .is_some()
        {
            return Some(());
        }
        self.pattern()
    }

    fn mapping_pattern(&mut self) -> Option<()> {
        self.token(LBRACE)?;
        if self.token(RBRACE).is_some() {
            return Some(());
        }
        let items = self.attempt(|this| this.gather(COMMA, Self::key_value_pattern)).is_some();
        self.attempt(|this| {
            if items {
                this.token(COMMA)?;
            }
            this.token(DOUBLESTAR)?;
            this.capture_target()
        });
        self.token(COMMA);
        self.token(RBRACE).map(|_| ())
    }

    fn key_value_pattern(&mut self) -> Option<()> {
        if self.attempt(Self::literal_pattern).is_none() {
            self.dotted()?;
        }
        self.token(COLON)?;
        self.pattern()
    }

    fn keyword_pattern(&mut self) -> Option<()> {
        self.token(NAME)?;
        self.token(EQUAL)?;
        self.pattern()
    }

    fn class_head(&mut self) -> Option<()> {
        if self.attempt(Self::dotted).is_none() {
            self.token(NAME)?;
        }
        self.token(LPAR).map(|_| ())
    }

    fn class_pattern(&mut self) -> Option<()> {
        if let Some(found) = self.attempt(|this| {
            this.class_head()?;
            let positional = this.attempt(|this| this.gather(COMMA, Self::pattern)).is_some();
            let keywords = this
                .attempt(|this| {
                    if positional {
                        this.token(COMMA)?;
                    }
                    this.gather(COMMA, Self::keyword_pattern)
                })
                .is_some();
            if positional || keywords {
                this.token(COMMA);
            }
            this.token(RPAR).map(|_| ())
        }) {
            return Some(found);
        }
        if self.mistakes {
            self.attempt(|this| {
                this.class_head()?;
                this.attempt(|this| {
                    this.gather(COMMA, Self::pattern)?;
                    this.token(COMMA)
                });
                this.gather(COMMA, Self::keyword_pattern)?;
                this.token(COMMA)?;
                let first = this.mark;
                this.gather(COMMA, Self::pattern)?;
                let last = this.node(Kind::Other, first, Vec::new());
                this.raise_node::<Id>(last, "positional patterns follow keyword patterns")
            });
        }
        None
    }
}
