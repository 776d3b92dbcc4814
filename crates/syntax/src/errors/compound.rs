//! Compound statements.
use super::recognizer::{Recognizer, Targets};
use crate::tokenize::kind::*;

const BOTH_EXCEPTS: &str = "cannot have both 'except' and 'except*' on the same 'try'";
const PARENTHESIZE: &str = "multiple exception types must be parenthesized when using 'as'";

impl Recognizer {
    pub fn compound_statement(&mut self) -> Option<()> {
        let token = self.peek()?;
        match token.keyword {
            KW_DEF => self.function(),
            KW_CLASS => self.class(),
            KW_IF => self.if_statement(),
            KW_WITH => self.with_statement(),
            KW_FOR => self.for_statement(),
            KW_TRY => self.try_statement(),
            KW_WHILE => self.while_statement(),
            KW_ASYNC => self
                .attempt(Self::function)
                .or_else(|| self.attempt(Self::with_statement))
                .or_else(|| self.attempt(Self::for_statement)),
            _ if token.kind == AT => self.attempt(Self::decorated_function).or_else(|| {
                self.attempt(|this| {
                    this.decorators()?;
                    this.class()
                })
            }),
            _ => self.match_statement(),
        }
    }

    fn decorated_function(&mut self) -> Option<()> {
        self.decorators()?;
        self.function()
    }

    fn decorators(&mut self) -> Option<()> {
        self.some(|this| {
            this.token(AT)?;
            this.named_expression()?;
            this.token(NEWLINE)
        })
        .map(|_| ())
    }

    fn class(&mut self) -> Option<()> {
        if self.mistakes {
            self.attempt(|this| {
                this.class_head_of_statement()?;
                this.token(NEWLINE)?;
                this.raise_here::<()>("expected ':'")
            });
            self.attempt(|this| {
                let opener = this.class_head_of_statement()?;
                this.no_block("class definition", opener)
            });
        }
        self.class_head_of_statement()?;
        self.token(COLON)?;
        self.block()
    }

    fn class_head_of_statement(&mut self) -> Option<usize> {
        let opener = self.keyword(KW_CLASS)?;
        self.token(NAME)?;
        self.attempt(Self::type_params);
        self.attempt(|this| {
            this.token(LPAR)?;
            this.arguments();
            this.token(RPAR)
        });
        (!self.raised()).then_some(opener)
    }

    fn function(&mut self) -> Option<()> {
        if self.mistakes {
            self.attempt(|this| {
                this.keyword(KW_ASYNC);
                let opener = this.keyword(KW_DEF)?;
                this.token(NAME)?;
                this.attempt(Self::type_params);
                this.token(LPAR)?;
                this.attempt(Self::function_params);
                this.token(RPAR)?;
                this.attempt(|this| {
                    this.token(RARROW)?;
                    this.expression()
                });
                this.no_block("function definition", opener)
            });
        }
        self.keyword(KW_ASYNC);
        self.keyword(KW_DEF)?;
        self.token(NAME)?;
        self.attempt(Self::type_params);
        self.force(LPAR)?;
        self.attempt(Self::function_params);
        self.token(RPAR)?;
        self.attempt(|this| {
            this.token(RARROW)?;
            this.expression()
        });
        self.force(COLON)?;
        self.block()
    }

    fn if_statement(&mut self) -> Option<()> {
        self.conditional(KW_IF, "'if' statement")?;
        self.attempt(Self::elif_clauses);
        (!self.raised()).then_some(())
    }

    fn elif_clauses(&mut self) -> Option<()> {
        while self.attempt(|this| this.conditional(KW_ELIF, "'elif' statement")).is_some() {}
        self.attempt(Self::else_block);
        (!self.raised()).then_some(())
    }

    /// `if`, `elif` or `while` with test and block.
    fn conditional(&mut self, keyword: u8, what: &str) -> Option<()> {
        if self.mistakes {
            self.attempt(|this| {
                this.keyword(keyword)?;
                this.named_expression()?;
                this.token(NEWLINE)?;
                this.raise_here::<()>("expected ':'")
            });
            self.attempt(|this| {
                let opener = this.keyword(keyword)?;
                this.named_expression()?;
                this.no_block(what, opener)
            });
        }
        self.keyword(keyword)?;
        self.named_expression()?;
        self.token(COLON)?;
        self.block()
    }

    fn else_block(&mut self) -> Option<()> {
        if self.mistakes {
            self.attempt(|this| {
                let opener = this.keyword(KW_ELSE)?;
                this.no_block("'else' statement", opener)
            });
            self.attempt(|this| {
                this.keyword(KW_ELSE)?;
                this.token(COLON)?;
                this.block()?;
                let elif = this.keyword(KW_ELIF)?;
                this.raise_tokens::<()>(elif, elif, "'elif' block follows an 'else' block")
            });
        }
        self.keyword(KW_ELSE)?;
        self.force(COLON)?;
        self.block()
    }

    fn while_statement(&mut self) -> Option<()> {
        self.conditional(KW_WHILE, "'while' statement")?;
        self.attempt(Self::else_block);
        (!self.raised()).then_some(())
    }

    fn for_statement(&mut self) -> Option<()> {
        let mark = self.mark;
        if self.mistakes {
            self.attempt(|this| {
                this.for_head()?;
                this.token(NEWLINE)?;
                this.raise_here::<()>("expected ':'")
            });
            self.attempt(|this| {
                let opener = this.for_head()?;
                this.no_block("'for' statement", opener)
            });
        }
        // Behind `in` no other reading is tried.
        let mut cut = false;
        let found = self.attempt(|this| {
            this.keyword(KW_ASYNC);
            this.keyword(KW_FOR)?;
            this.star_targets()?;
            this.keyword(KW_IN)?;
            cut = true;
            this.star_expressions()?;
            this.token(COLON)?;
            this.block()?;
            this.attempt(Self::else_block);
            (!this.raised()).then_some(())
        });
        if found.is_some() || cut {
            return found;
        }
        self.mark = mark;
        self.invalid_for_target();
        None
    }

    fn for_head(&mut self) -> Option<usize> {
        self.keyword(KW_ASYNC);
        let opener = self.keyword(KW_FOR)?;
        self.star_targets()?;
        self.keyword(KW_IN)?;
        self.star_expressions()?;
        Some(opener)
    }

    fn with_statement(&mut self) -> Option<()> {
        if self.mistakes {
            self.attempt(|this| {
                let opener = this.with_plain_head()?;
                this.no_block("'with' statement", opener)
            });
            self.attempt(|this| {
                let opener = this.with_bracketed_head(Self::with_expression)?;
                this.no_block("'with' statement", opener)
            });
        }
        if let Some(found) = self.attempt(|this| {
            this.keyword(KW_ASYNC);
            this.keyword(KW_WITH)?;
            this.token(LPAR)?;
            this.gather(COMMA, Self::with_item)?;
            this.token(COMMA);
            this.token(RPAR)?;
            this.token(COLON)?;
            this.block()
        }) {
            return Some(found);
        }
        if let Some(found) = self.attempt(|this| {
            this.keyword(KW_ASYNC);
            this.keyword(KW_WITH)?;
            this.gather(COMMA, Self::with_item)?;
            this.token(COLON)?;
            this.block()
        }) {
            return Some(found);
        }
        if self.mistakes {
            self.attempt(|this| {
                this.with_plain_head()?;
                this.token(NEWLINE)?;
                this.raise_here::<()>("expected ':'")
            });
            self.attempt(|this| {
                this.with_bracketed_head(Self::with_expressions)?;
                this.token(NEWLINE)?;
                this.raise_here::<()>("expected ':'")
            });
        }
        None
    }

    fn with_plain_head(&mut self) -> Option<usize> {
        self.keyword(KW_ASYNC);
        let opener = self.keyword(KW_WITH)?;
        self.gather(COMMA, Self::with_expression)?;
        Some(opener)
    }

    fn with_bracketed_head(&mut self, item: fn(&mut Self) -> Option<()>) -> Option<usize> {
        self.keyword(KW_ASYNC);
        let opener = self.keyword(KW_WITH)?;
        self.token(LPAR)?;
        self.gather(COMMA, item)?;
        self.token(COMMA);
        self.token(RPAR)?;
        Some(opener)
    }

    fn with_expression(&mut self) -> Option<()> {
        self.expression()?;
        self.as_star_target();
        Some(())
    }

    fn with_expressions(&mut self) -> Option<()> {
        self.expressions()?;
        self.as_star_target();
        Some(())
    }

    fn as_star_target(&mut self) {
        self.attempt(|this| {
            this.keyword(KW_AS)?;
            this.star_target()
        });
    }

    fn with_item(&mut self) -> Option<()> {
        if let Some(found) = self.attempt(|this| {
            this.expression()?;
            this.keyword(KW_AS)?;
            this.star_target()?;
            this.must(Self::with_item_end)
        }) {
            return Some(found);
        }
        if self.mistakes {
            self.attempt(|this| {
                this.expression()?;
                this.keyword(KW_AS)?;
                let target = this.expression()?;
                this.must(Self::with_item_end)?;
                this.raise_invalid_target::<()>(Targets::Assign, target)
            });
        }
        self.expression().map(|_| ())
    }

    fn with_item_end(&mut self) -> Option<usize> {
        [COMMA, RPAR, COLON].into_iter().find_map(|kind| self.token(kind))
    }

    fn try_statement(&mut self) -> Option<()> {
        if self.mistakes {
            self.invalid_try();
        }
        if let Some(found) = self.attempt(|this| {
            this.try_head()?;
            this.finally_block()
        }) {
            return Some(found);
        }
        for except in [Self::except_block, Self::except_star_block] {
            if let Some(found) = self.attempt(|this| {
                this.try_head()?;
                this.some(except)?;
                this.attempt(Self::else_block);
                this.attempt(Self::finally_block);
                (!this.raised()).then_some(())
            }) {
                return Some(found);
            }
        }
        None
    }

    fn try_head(&mut self) -> Option<()> {
        self.keyword(KW_TRY)?;
        self.force(COLON)?;
        self.block()
    }

    fn invalid_try(&mut self) {
        self.attempt(|this| {
            let opener = this.keyword(KW_TRY)?;
            this.no_block("'try' statement", opener)
        });
        self.attempt(|this| {
            this.keyword(KW_TRY)?;
            this.token(COLON)?;
            this.block()?;
            this.never(|this| this.keyword(KW_EXCEPT).or_else(|| this.keyword(KW_FINALLY)))?;
            this.raise_here::<()>("expected 'except' or 'finally' block")
        });
        self.attempt(|this| {
            this.keyword(KW_TRY)?;
            this.token(COLON)?;
            this.many(Self::block);
            this.some(Self::except_block)?;
            let except = this.keyword(KW_EXCEPT)?;
            let star = this.token(STAR)?;
            this.expression()?;
            this.except_name();
            this.token(COLON)?;
            this.raise_tokens::<()>(except, star, BOTH_EXCEPTS)
        });
        self.attempt(|this| {
            this.keyword(KW_TRY)?;
            this.token(COLON)?;
            this.many(Self::block);
            this.some(Self::except_star_block)?;
            let except = this.keyword(KW_EXCEPT)?;
            this.attempt(|this| {
                this.expression()?;
                this.except_name();
                Some(())
            });
            this.token(COLON)?;
            this.raise_tokens::<()>(except, except, BOTH_EXCEPTS)
        });
    }

    fn except_name(&mut self) {
        self.attempt(|this| {
            this.keyword(KW_AS)?;
            this.token(NAME)
        });
    }

    fn except_block(&mut self) -> Option<()> {
        if self.mistakes {
            self.attempt(|this| {
                let opener = this.keyword(KW_EXCEPT)?;
                this.expression()?;
                this.except_name();
                this.no_block("'except' statement", opener)
            });
            self.attempt(|this| {
                let opener = this.keyword(KW_EXCEPT)?;
                this.no_block("'except' statement", opener)
            });
        }
        let found = self.attempt(|this| {
            this.keyword(KW_EXCEPT)?;
            this.except_types()?;
            this.block()
        });
        if found.is_some() {
            return found;
        }
        if let Some(found) = self.attempt(|this| {
            this.keyword(KW_EXCEPT)?;
            this.token(COLON)?;
            this.block()
        }) {
            return Some(found);
        }
        self.invalid_except();
        None
    }

    /// `types ['as' name] ':'`; a name needs a single type, or parentheses.
    fn except_types(&mut self) -> Option<()> {
        if let Some(found) = self.attempt(|this| {
            this.expression()?;
            this.except_name();
            this.token(COLON).map(|_| ())
        }) {
            return Some(found);
        }
        self.expressions()?;
        self.token(COLON).map(|_| ())
    }

    fn except_star_block(&mut self) -> Option<()> {
        if self.mistakes {
            self.attempt(|this| {
                let opener = this.keyword(KW_EXCEPT)?;
                this.token(STAR)?;
                this.expression()?;
                this.except_name();
                this.no_block("'except*' statement", opener)
            });
        }
        let found = self.attempt(|this| {
            this.keyword(KW_EXCEPT)?;
            this.token(STAR)?;
            this.except_types()?;
            this.block()
        });
        if found.is_none() {
            self.invalid_except_star();
        }
        found
    }

    fn invalid_except(&mut self) {
        if !self.mistakes {
            return;
        }
        self.attempt(|this| {
            this.keyword(KW_EXCEPT)?;
            let first = this.expression()?;
            this.token(COMMA)?;
            this.expressions()?;
            this.keyword(KW_AS)?;
            this.token(NAME)?;
            this.token(COLON)?;
            let first = this.first(first);
            this.raise_from::<()>(first, PARENTHESIZE)
        });
        self.attempt(|this| {
            this.keyword(KW_EXCEPT)?;
            this.expression()?;
            this.except_name();
            this.token(NEWLINE)?;
            this.raise_here::<()>("expected ':'")
        });
        self.attempt(|this| {
            this.keyword(KW_EXCEPT)?;
            this.token(NEWLINE)?;
            this.raise_here::<()>("expected ':'")
        });
        self.attempt(|this| {
            this.keyword(KW_EXCEPT)?;
            this.expression()?;
            this.wrong_except_target("except")
        });
    }

    fn wrong_except_target(&mut self, keyword: &str) -> Option<()> {
        self.keyword(KW_AS)?;
        let target = self.expression()?;
        self.token(COLON)?;
        self.block()?;
        let what = self.kind(target).describe();
        self.raise_node(target, format!("cannot use {keyword} statement with {what}"))
    }

    fn invalid_except_star(&mut self) {
        if !self.mistakes {
            return;
        }
        self.attempt(|this| {
            this.keyword(KW_EXCEPT)?;
            this.token(STAR)?;
            let first = this.expression()?;
            this.token(COMMA)?;
            this.expressions()?;
            this.keyword(KW_AS)?;
            this.token(NAME)?;
            this.token(COLON)?;
            let first = this.first(first);
            this.raise_from::<()>(first, PARENTHESIZE)
        });
        self.attempt(|this| {
            this.keyword(KW_EXCEPT)?;
            this.token(STAR)?;
            this.expression()?;
            this.except_name();
            this.token(NEWLINE)?;
            this.raise_here::<()>("expected ':'")
        });
        self.attempt(|this| {
            this.keyword(KW_EXCEPT)?;
            this.token(STAR)?;
            this.token(NEWLINE).or_else(|| this.token(COLON))?;
            this.raise_here::<()>("expected one or more exception types")
        });
        self.attempt(|this| {
            this.keyword(KW_EXCEPT)?;
            this.token(STAR)?;
            this.expression()?;
            this.wrong_except_target("except*")
        });
    }

    fn finally_block(&mut self) -> Option<()> {
        if self.mistakes {
            self.attempt(|this| {
                let opener = this.keyword(KW_FINALLY)?;
                this.no_block("'finally' statement", opener)
            });
        }
        self.keyword(KW_FINALLY)?;
        self.force(COLON)?;
        self.block()
    }
}
