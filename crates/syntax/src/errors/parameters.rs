//! Parameters of functions and lambdas. The two differ in what ends the list and in annotations.
use super::node::Id;
use super::recognizer::Recognizer;
use crate::tokenize::kind::*;

/// Whose parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Function,
    Lambda,
}

impl Owner {
    /// The token that ends the list.
    fn end(self) -> u8 {
        match self {
            Owner::Function => RPAR,
            Owner::Lambda => COLON,
        }
    }
}

impl Recognizer {
    pub fn function_params(&mut self) -> Option<()> {
        self.parameter_list(Owner::Function)
    }

    pub fn lambda_params(&mut self) -> Option<()> {
        self.parameter_list(Owner::Lambda)
    }

    fn parameter_list(&mut self, owner: Owner) -> Option<()> {
        if self.mistakes {
            self.invalid_parameters(owner);
        }
        self.attempt(|this| {
            let mut any = true;
            if this.attempt(|this| this.slash_no_default(owner)).is_some() {
                this.many(|this| this.parameter_no_default(owner));
                this.many(|this| this.parameter_with_default(owner));
            } else if this.attempt(|this| this.slash_with_default(owner)).is_some() {
                this.many(|this| this.parameter_with_default(owner));
            } else if !this.many(|this| this.parameter_no_default(owner)).is_empty() {
                this.many(|this| this.parameter_with_default(owner));
            } else {
                any = !this.many(|this| this.parameter_with_default(owner)).is_empty();
            }
            any |= this.attempt(|this| this.star_parameters(owner)).is_some();
            (any && !this.raised()).then_some(())
        })
    }

    fn slash_end(&mut self, owner: Owner) -> Option<()> {
        self.token(SLASH)?;
        if self.token(COMMA).is_some() {
            return Some(());
        }
        self.must(|this| this.token(owner.end()))
    }

    fn slash_no_default(&mut self, owner: Owner) -> Option<()> {
        self.some(|this| this.parameter_no_default(owner))?;
        self.slash_end(owner)
    }

    fn slash_with_default(&mut self, owner: Owner) -> Option<()> {
        self.many(|this| this.parameter_no_default(owner));
        self.some(|this| this.parameter_with_default(owner))?;
        self.slash_end(owner)
    }

    fn star_parameters(&mut self, owner: Owner) -> Option<()> {
        if self.mistakes {
            self.invalid_star_parameters(owner);
        }
        if self
            .attempt(|this| {
                this.token(STAR)?;
                this.parameter_no_default(owner)?;
                this.many(|this| this.parameter_maybe_default(owner));
                this.attempt(|this| this.double_star_parameter(owner));
                (!this.raised()).then_some(())
            })
            .is_some()
        {
            return Some(());
        }
        if owner == Owner::Function
            && self
                .attempt(|this| {
                    this.token(STAR)?;
                    this.token(NAME)?;
                    this.token(COLON)?;
                    if this.attempt(Self::star_bitwise_or).is_none() {
                        this.expression()?;
                    }
                    this.parameter_end(owner)?;
                    this.many(|this| this.parameter_maybe_default(owner));
                    this.attempt(|this| this.double_star_parameter(owner));
                    (!this.raised()).then_some(())
                })
                .is_some()
        {
            return Some(());
        }
        if self
            .attempt(|this| {
                this.token(STAR)?;
                this.token(COMMA)?;
                this.some(|this| this.parameter_maybe_default(owner))?;
                this.attempt(|this| this.double_star_parameter(owner));
                (!this.raised()).then_some(())
            })
            .is_some()
        {
            return Some(());
        }
        self.attempt(|this| this.double_star_parameter(owner))
    }

    fn double_star_parameter(&mut self, owner: Owner) -> Option<()> {
        if self.mistakes {
            self.invalid_double_star(owner);
        }
        self.token(DOUBLESTAR)?;
        self.parameter_no_default(owner)
    }

    fn parameter_end(&mut self, owner: Owner) -> Option<()> {
        if self.token(COMMA).is_some() {
            if owner == Owner::Function {
                // A type comment could follow, so CPython has read the next token.
                self.peek()?;
            }
            return Some(());
        }
        self.must(|this| this.token(owner.end()))
    }

    /// A name, with its annotation in a function.
    fn parameter(&mut self, owner: Owner) -> Option<usize> {
        let name = self.token(NAME)?;
        if owner == Owner::Function {
            self.attempt(|this| {
                this.token(COLON)?;
                this.expression()
            });
        }
        (!self.raised()).then_some(name)
    }

    fn parameter_no_default(&mut self, owner: Owner) -> Option<()> {
        self.parameter(owner)?;
        self.parameter_end(owner)
    }

    fn parameter_with_default(&mut self, owner: Owner) -> Option<()> {
        self.parameter(owner)?;
        self.default(owner)?;
        self.parameter_end(owner)
    }

    fn parameter_maybe_default(&mut self, owner: Owner) -> Option<()> {
        self.parameter(owner)?;
        self.attempt(|this| this.default(owner));
        self.parameter_end(owner)
    }

    fn default(&mut self, owner: Owner) -> Option<()> {
        if self
            .attempt(|this| {
                this.token(EQUAL)?;
                this.expression()
            })
            .is_some()
        {
            return Some(());
        }
        if self.mistakes {
            self.attempt(|this| {
                let equal = this.token(EQUAL)?;
                this.must(|this| this.token(owner.end()).or_else(|| this.token(COMMA)))?;
                this.raise_tokens::<Id>(equal, equal, "expected default value expression")
            });
        }
        None
    }

    fn invalid_parameters(&mut self, owner: Owner) {
        self.attempt(|this| {
            let slash = this.token(SLASH)?;
            this.token(COMMA)?;
            this.raise_tokens::<()>(slash, slash, "at least one argument must precede /")
        });
        self.attempt(|this| {
            this.any_slash(owner)?;
            this.many(|this| this.parameter_maybe_default(owner));
            let slash = this.token(SLASH)?;
            this.raise_tokens::<()>(slash, slash, "/ may appear only once")
        });
        self.attempt(|this| {
            this.attempt(|this| this.slash_no_default(owner));
            this.many(|this| this.parameter_no_default(owner));
            if this.attempt(|this| this.slash_with_default(owner)).is_none() {
                this.some(|this| this.parameter_with_default(owner))?;
            }
            let first = this.mark;
            this.parameter(owner)?;
            let last = this.mark - 1;
            this.parameter_end(owner)?;
            this.raise_tokens::<()>(first, last, "parameter without a default follows parameter with a default")
        });
        self.attempt(|this| {
            this.many(|this| this.parameter_no_default(owner));
            let open = this.token(LPAR)?;
            match owner {
                Owner::Function => {
                    this.some(|this| this.parameter_no_default(owner))?;
                }
                Owner::Lambda => {
                    this.gather(COMMA, |this| this.parameter(owner))?;
                }
            }
            this.token(COMMA);
            let close = this.token(RPAR)?;
            let whose = match owner {
                Owner::Function => "Function",
                Owner::Lambda => "Lambda expression",
            };
            this.raise_tokens::<()>(open, close, format!("{whose} parameters cannot be parenthesized"))
        });
        self.attempt(|this| {
            this.attempt(|this| this.any_slash(owner));
            this.many(|this| this.parameter_maybe_default(owner));
            this.token(STAR)?;
            if this.token(COMMA).is_none() {
                this.parameter_no_default(owner)?;
            }
            this.many(|this| this.parameter_maybe_default(owner));
            let slash = this.token(SLASH)?;
            this.raise_tokens::<()>(slash, slash, "/ must be ahead of *")
        });
        self.attempt(|this| {
            this.some(|this| this.parameter_maybe_default(owner))?;
            this.token(SLASH)?;
            let star = this.token(STAR)?;
            this.raise_tokens::<()>(star, star, "expected comma between / and *")
        });
    }

    fn any_slash(&mut self, owner: Owner) -> Option<()> {
        if self.attempt(|this| this.slash_no_default(owner)).is_some() {
            return Some(());
        }
        self.slash_with_default(owner)
    }

    fn invalid_star_parameters(&mut self, owner: Owner) {
        self.attempt(|this| {
            let star = this.token(STAR)?;
            if this.token(owner.end()).is_none() {
                this.token(COMMA)?;
                if this.token(owner.end()).is_none() {
                    this.token(DOUBLESTAR)?;
                }
            }
            match owner {
                Owner::Function => {
                    this.raise_tokens::<()>(star, star, "named arguments must follow bare *")
                }
                Owner::Lambda => this.raise_here("named arguments must follow bare *"),
            }
        });
        self.attempt(|this| {
            this.token(STAR)?;
            this.parameter(owner)?;
            let equal = this.token(EQUAL)?;
            this.raise_tokens::<()>(equal, equal, "var-positional argument cannot have default value")
        });
        self.attempt(|this| {
            this.token(STAR)?;
            this.name_or_comma(owner)?;
            this.many(|this| this.parameter_maybe_default(owner));
            let star = this.token(STAR)?;
            this.name_or_comma(owner)?;
            this.raise_tokens::<()>(star, star, "* argument may appear only once")
        });
    }

    fn name_or_comma(&mut self, owner: Owner) -> Option<()> {
        if self.attempt(|this| this.parameter_no_default(owner)).is_some() {
            return Some(());
        }
        self.token(COMMA).map(|_| ())
    }

    fn invalid_double_star(&mut self, owner: Owner) {
        self.attempt(|this| {
            this.token(DOUBLESTAR)?;
            this.parameter(owner)?;
            let equal = this.token(EQUAL)?;
            this.raise_tokens::<()>(equal, equal, "var-keyword argument cannot have default value")
        });
        self.attempt(|this| {
            this.token(DOUBLESTAR)?;
            this.parameter(owner)?;
            this.token(COMMA)?;
            let first = this.mark;
            if this.parameter(owner).is_none() {
                [STAR, DOUBLESTAR, SLASH].into_iter().find_map(|kind| this.token(kind))?;
            }
            let last = this.mark - 1;
            this.raise_tokens::<()>(first, last, "arguments cannot follow var-keyword argument")
        });
    }
}
