//! What can be assigned to and deleted.
use super::expressions::rule;
use super::node::{Id, Kind};
use super::recognizer::Recognizer;
use crate::tokenize::kind::*;

impl Recognizer {
    pub fn star_targets(&mut self) -> Option<Id> {
        let first = self.mark;
        let target = self.star_target()?;
        if !self.at_token(COMMA) {
            return (!self.raised()).then_some(target);
        }
        self.many(|this| {
            this.token(COMMA)?;
            this.star_target()
        });
        self.token(COMMA);
        (!self.raised()).then(|| self.node(Kind::Tuple, first, Vec::new()))
    }

    pub fn star_target(&mut self) -> Option<Id> {
        self.memoised(rule::STAR_TARGET, |this| {
            if let Some(found) = this.attempt(|this| {
                let first = this.token(STAR)?;
                this.never(|this| this.token(STAR))?;
                this.star_target()?;
                Some(this.node(Kind::Starred, first, Vec::new()))
            }) {
                return Some(found);
            }
            this.target_with_star_atom()
        })
    }

    fn target_with_star_atom(&mut self) -> Option<Id> {
        self.memoised(rule::TARGET_WITH_STAR_ATOM, |this| {
            if let Some(found) = this.attempt(Self::subscript_or_attribute) {
                return Some(found);
            }
            this.star_atom()
        })
    }

    /// `primary.name` or `primary[...]` that nothing further hangs on.
    pub fn subscript_or_attribute(&mut self) -> Option<Id> {
        let first = self.mark;
        self.target_primary()?;
        let kind = if self.token(DOT).is_some() {
            self.token(NAME)?;
            Kind::Attribute
        } else {
            self.token(LSQB)?;
            self.slices()?;
            self.token(RSQB)?;
            Kind::Subscript
        };
        self.never(Self::trailer_start)?;
        Some(self.node(kind, first, Vec::new()))
    }

    fn trailer_start(&mut self) -> Option<usize> {
        [LPAR, LSQB, DOT].into_iter().find_map(|kind| self.token(kind))
    }

    /// A primary that more trailers follow.
    fn target_primary(&mut self) -> Option<Id> {
        self.memoised(rule::T_PRIMARY, |this| {
            let first = this.mark;
            this.atom()?;
            this.must(Self::trailer_start)?;
            while this
                .attempt(|this| {
                    this.trailer()?;
                    this.must(Self::trailer_start)
                })
                .is_some()
            {}
            (!this.raised()).then(|| this.node(Kind::Other, first, Vec::new()))
        })
    }

    fn star_atom(&mut self) -> Option<Id> {
        let first = self.mark;
        if self.token(NAME).is_some() {
            return Some(self.node(Kind::Name, first, Vec::new()));
        }
        if self.at_token(LPAR) {
            if let Some(found) = self.attempt(|this| {
                this.token(LPAR)?;
                let inner = this.target_with_star_atom()?;
                this.token(RPAR)?;
                Some(inner)
            }) {
                return Some(found);
            }
            return self.attempt(|this| {
                this.token(LPAR)?;
                this.attempt(|this| {
                    this.star_target()?;
                    this.token(COMMA)?;
                    if this.attempt(|this| this.gather(COMMA, Self::star_target)).is_some() {
                        this.token(COMMA);
                    }
                    Some(())
                });
                this.token(RPAR)?;
                Some(this.node(Kind::Tuple, first, Vec::new()))
            });
        }
        self.attempt(|this| {
            this.token(LSQB)?;
            if this.attempt(|this| this.gather(COMMA, Self::star_target)).is_some() {
                this.token(COMMA);
            }
            this.token(RSQB)?;
            Some(this.node(Kind::List, first, Vec::new()))
        })
    }

    pub fn single_target(&mut self) -> Option<Id> {
        if let Some(found) = self.attempt(Self::subscript_or_attribute) {
            return Some(found);
        }
        let first = self.mark;
        if self.token(NAME).is_some() {
            return Some(self.node(Kind::Name, first, Vec::new()));
        }
        self.attempt(|this| {
            this.token(LPAR)?;
            let inner = this.single_target()?;
            this.token(RPAR)?;
            Some(inner)
        })
    }

    pub fn del_targets(&mut self) -> Option<()> {
        self.gather(COMMA, Self::del_target)?;
        self.token(COMMA);
        (!self.raised()).then_some(())
    }

    fn del_target(&mut self) -> Option<()> {
        if self.attempt(Self::subscript_or_attribute).is_some() || self.token(NAME).is_some() {
            return Some(());
        }
        if self.at_token(LPAR) {
            if self
                .attempt(|this| {
                    this.token(LPAR)?;
                    this.del_target()?;
                    this.token(RPAR)
                })
                .is_some()
            {
                return Some(());
            }
            return self.attempt(|this| {
                this.token(LPAR)?;
                this.attempt(Self::del_targets);
                this.token(RPAR)?;
                Some(())
            });
        }
        self.attempt(|this| {
            this.token(LSQB)?;
            this.attempt(Self::del_targets);
            this.token(RSQB)?;
            Some(())
        })
    }
}
