//! Start rules and simple statements.
use super::expressions::rule;
use super::node::{Id, Kind};
use super::recognizer::{Recognizer, Targets};
use crate::fault::FaultKind;
use crate::tokenize::kind::*;

/// Operators of augmented assignment.
const AUGMENTED: [u8; 13] = [
    PLUSEQUAL, MINEQUAL, STAREQUAL, ATEQUAL, SLASHEQUAL, PERCENTEQUAL, AMPEREQUAL, VBAREQUAL,
    CIRCUMFLEXEQUAL, LEFTSHIFTEQUAL, RIGHTSHIFTEQUAL, DOUBLESTAREQUAL, DOUBLESLASHEQUAL,
];

impl Recognizer {
    pub fn file(&mut self) -> Option<()> {
        self.many(Self::statement);
        self.token(ENDMARKER).map(|_| ())
    }

    pub fn eval(&mut self) -> Option<()> {
        self.expressions()?;
        self.many(|this| this.token(NEWLINE));
        self.token(ENDMARKER).map(|_| ())
    }

    pub fn interactive(&mut self) -> Option<()> {
        if let Some(found) = self.attempt(|this| {
            let first = this.mark;
            this.compound_statement()?;
            this.note_compound(first);
            this.token(NEWLINE)?;
            Some(())
        }) {
            return Some(found);
        }
        if let Some(found) = self.attempt(Self::simple_statements) {
            return Some(found);
        }
        if self.token(NEWLINE).is_some() {
            return Some(());
        }
        None
    }

    pub fn statement(&mut self) -> Option<()> {
        let first = self.mark;
        if let Some(found) = self.attempt(Self::compound_statement) {
            self.note_compound(first);
            return Some(found);
        }
        self.simple_statements()
    }

    pub fn simple_statements(&mut self) -> Option<()> {
        if let Some(found) = self.attempt(|this| {
            this.simple_statement()?;
            this.never(|this| this.token(SEMI))?;
            this.token(NEWLINE)?;
            Some(())
        }) {
            return Some(found);
        }
        self.attempt(|this| {
            this.gather(SEMI, Self::simple_statement)?;
            this.token(SEMI);
            this.token(NEWLINE)?;
            Some(())
        })
    }

    pub fn simple_statement(&mut self) -> Option<Id> {
        self.memoised(rule::SIMPLE_STATEMENT, |this| {
            let first = this.mark;
            let found = this
                .attempt(Self::assignment)
                .or_else(|| this.attempt(Self::type_alias))
                .or_else(|| this.attempt(|this| this.star_expressions().map(|_| ())))
                .or_else(|| this.attempt(Self::keyword_statement));
            found?;
            Some(this.node(Kind::Other, first, Vec::new()))
        })
    }

    fn keyword_statement(&mut self) -> Option<()> {
        let keyword = self.peek()?.keyword;
        match keyword {
            KW_RETURN => {
                self.mark += 1;
                self.attempt(Self::star_expressions);
            }
            KW_IMPORT | KW_FROM => return self.import_statement(),
            KW_RAISE => return self.raise_statement(),
            KW_PASS | KW_BREAK | KW_CONTINUE => self.mark += 1,
            KW_DEL => return self.delete_statement(),
            KW_YIELD => {
                self.yield_expression()?;
            }
            KW_ASSERT => {
                self.mark += 1;
                self.expression()?;
                self.attempt(|this| {
                    this.token(COMMA)?;
                    this.expression()
                });
            }
            KW_GLOBAL | KW_NONLOCAL => {
                self.mark += 1;
                self.gather(COMMA, |this| this.token(NAME))?;
            }
            _ => return None,
        }
        (!self.raised()).then_some(())
    }

    pub fn annotated_value(&mut self) -> Option<Id> {
        if let Some(found) = self.attempt(Self::yield_expression) {
            return Some(found);
        }
        self.star_expressions()
    }

    fn augmented_operator(&mut self) -> Option<usize> {
        AUGMENTED.into_iter().find_map(|operator| self.token(operator))
    }

    fn assignment(&mut self) -> Option<()> {
        if let Some(found) = self.attempt(|this| {
            this.token(NAME)?;
            this.annotation_and_value()
        }) {
            return Some(found);
        }
        if let Some(found) = self.attempt(|this| {
            if this
                .attempt(|this| {
                    this.token(LPAR)?;
                    this.single_target()?;
                    this.token(RPAR)
                })
                .is_none()
            {
                this.subscript_or_attribute()?;
            }
            this.annotation_and_value()
        }) {
            return Some(found);
        }
        if let Some(found) = self.attempt(|this| {
            this.some(|this| {
                this.star_targets()?;
                this.token(EQUAL)
            })?;
            this.annotated_value()?;
            this.never(|this| this.token(EQUAL))
        }) {
            return Some(found);
        }
        // Behind the operator no other reading is tried.
        let mut cut = false;
        let found = self.attempt(|this| {
            this.single_target()?;
            this.augmented_operator()?;
            cut = true;
            this.annotated_value()?;
            Some(())
        });
        if found.is_some() || cut {
            return found;
        }
        if self.mistakes {
            self.invalid_assignment();
        }
        None
    }

    fn annotation_and_value(&mut self) -> Option<()> {
        self.token(COLON)?;
        self.expression()?;
        self.attempt(|this| {
            this.token(EQUAL)?;
            this.annotated_value()
        });
        (!self.raised()).then_some(())
    }

    fn invalid_assignment(&mut self) {
        self.attempt(|this| {
            let target = this.wrong_annotation_target()?;
            this.token(COLON)?;
            this.expression()?;
            let what = this.kind(target).describe();
            this.raise_node::<()>(target, format!("only single target (not {what}) can be annotated"))
        });
        self.attempt(|this| {
            let target = this.star_named_expression()?;
            this.token(COMMA)?;
            this.many(Self::star_named_expressions);
            this.token(COLON)?;
            this.expression()?;
            this.raise_node::<()>(target, "only single target (not tuple) can be annotated")
        });
        self.attempt(|this| {
            let target = this.expression()?;
            this.token(COLON)?;
            this.expression()?;
            this.raise_node::<()>(target, "illegal target for annotation")
        });
        self.attempt(|this| {
            this.many(Self::target_and_equal);
            let target = this.star_expressions()?;
            this.token(EQUAL)?;
            this.raise_invalid_target::<()>(Targets::Assign, target)
        });
        self.attempt(|this| {
            this.many(Self::target_and_equal);
            let target = this.yield_expression()?;
            this.token(EQUAL)?;
            this.raise_node::<()>(target, "assignment to yield expression not possible")
        });
        self.attempt(|this| {
            let target = this.star_expressions()?;
            this.augmented_operator()?;
            this.annotated_value()?;
            let what = this.kind(target).describe();
            this.raise_node::<()>(target, format!("'{what}' is an illegal expression for augmented assignment"))
        });
    }

    fn target_and_equal(&mut self) -> Option<usize> {
        self.star_targets()?;
        self.token(EQUAL)
    }

    fn wrong_annotation_target(&mut self) -> Option<Id> {
        self.attempt(Self::list).or_else(|| self.attempt(Self::tuple)).or_else(|| {
            self.attempt(|this| {
                this.token(LPAR)?;
                let inner = this.wrong_annotation_target()?;
                this.token(RPAR)?;
                Some(inner)
            })
        })
    }

    fn raise_statement(&mut self) -> Option<()> {
        if let Some(found) = self.attempt(|this| {
            this.keyword(KW_RAISE)?;
            this.expression()?;
            this.keyword(KW_FROM)?;
            this.expression()?;
            Some(())
        }) {
            return Some(found);
        }
        self.keyword(KW_RAISE)?;
        self.attempt(Self::expression);
        (!self.raised()).then_some(())
    }

    fn delete_statement(&mut self) -> Option<()> {
        if let Some(found) = self.attempt(|this| {
            this.keyword(KW_DEL)?;
            this.del_targets()?;
            this.must(|this| this.token(SEMI).or_else(|| this.token(NEWLINE)))
        }) {
            return Some(found);
        }
        if self.mistakes {
            self.attempt(|this| {
                this.keyword(KW_DEL)?;
                let target = this.star_expressions()?;
                this.raise_invalid_target::<()>(Targets::Delete, target)
            });
        }
        None
    }

    fn type_alias(&mut self) -> Option<()> {
        self.soft("type")?;
        self.token(NAME)?;
        self.attempt(Self::type_params);
        self.token(EQUAL)?;
        self.expression()?;
        Some(())
    }

    pub fn type_params(&mut self) -> Option<()> {
        if self.mistakes {
            self.attempt(|this| {
                this.token(LSQB)?;
                let close = this.token(RSQB)?;
                this.raise_from::<()>(close, "Type parameter list cannot be empty")
            });
        }
        self.token(LSQB)?;
        self.gather(COMMA, Self::type_param)?;
        self.token(COMMA);
        self.token(RSQB).map(|_| ())
    }

    fn type_param(&mut self) -> Option<()> {
        if let Some(found) = self.attempt(|this| {
            this.token(NAME)?;
            this.attempt(|this| {
                this.token(COLON)?;
                this.expression()
            });
            this.attempt(|this| {
                this.token(EQUAL)?;
                this.expression()
            });
            (!this.raised()).then_some(())
        }) {
            return Some(found);
        }
        if self.mistakes {
            for (stars, what) in [(STAR, "TypeVarTuple"), (DOUBLESTAR, "ParamSpec")] {
                self.attempt(|this| {
                    this.token(stars)?;
                    this.token(NAME)?;
                    let colon = this.token(COLON)?;
                    let bound = this.expression()?;
                    let kind = if this.kind(bound) == Kind::Tuple { "constraints" } else { "bound" };
                    this.raise_from::<()>(colon, format!("cannot use {kind} with {what}"))
                });
            }
        }
        let star = self.token(STAR).is_some();
        if !star {
            self.token(DOUBLESTAR)?;
        }
        self.token(NAME)?;
        self.attempt(|this| {
            this.token(EQUAL)?;
            if star && this.attempt(Self::star_bitwise_or).is_some() {
                return Some(());
            }
            this.expression().map(|_| ())
        });
        (!self.raised()).then_some(())
    }

    fn import_statement(&mut self) -> Option<()> {
        if self.mistakes {
            self.attempt(|this| {
                let import = this.keyword(KW_IMPORT)?;
                this.gather(COMMA, Self::dotted_name)?;
                this.keyword(KW_FROM)?;
                this.dotted_name()?;
                this.raise_from::<()>(import, "Did you mean to use 'from ... import ...' instead?")
            });
            self.attempt(|this| {
                this.keyword(KW_IMPORT)?;
                let newline = this.token(NEWLINE)?;
                this.raise_from::<()>(newline, "Expected one or more names after 'import'")
            });
        }
        if let Some(found) = self.attempt(|this| {
            this.keyword(KW_IMPORT)?;
            this.gather(COMMA, Self::dotted_as_name)?;
            Some(())
        }) {
            return Some(found);
        }
        self.attempt(|this| {
            this.keyword(KW_FROM)?;
            let dots = this.many(|this| this.token(DOT).or_else(|| this.token(ELLIPSIS)));
            if this.attempt(Self::dotted_name).is_none() && dots.is_empty() {
                return None;
            }
            this.keyword(KW_IMPORT)?;
            this.import_targets()
        })
    }

    pub fn dotted_name(&mut self) -> Option<()> {
        self.token(NAME)?;
        self.many(|this| {
            this.token(DOT)?;
            this.token(NAME)
        });
        Some(())
    }

    fn dotted_as_name(&mut self) -> Option<()> {
        if self.mistakes {
            self.attempt(|this| {
                this.dotted_name()?;
                this.keyword(KW_AS)?;
                this.never(|this| {
                    this.token(NAME)?;
                    this.token(COMMA).or_else(|| this.token(SEMI)).or_else(|| this.token(NEWLINE))
                })?;
                this.wrong_import_target()
            });
        }
        self.dotted_name()?;
        self.as_name();
        Some(())
    }

    fn as_name(&mut self) {
        self.attempt(|this| {
            this.keyword(KW_AS)?;
            this.token(NAME)
        });
    }

    fn wrong_import_target(&mut self) -> Option<()> {
        let target = self.expression()?;
        let what = self.kind(target).describe();
        self.raise_node(target, format!("cannot use {what} as import target"))
    }

    fn import_targets(&mut self) -> Option<()> {
        if let Some(found) = self.attempt(|this| {
            this.token(LPAR)?;
            this.gather(COMMA, Self::import_as_name)?;
            this.token(COMMA);
            this.token(RPAR)?;
            Some(())
        }) {
            return Some(found);
        }
        if let Some(found) = self.attempt(|this| {
            this.gather(COMMA, Self::import_as_name)?;
            this.never(|this| this.token(COMMA))
        }) {
            return Some(found);
        }
        if self.token(STAR).is_some() {
            return Some(());
        }
        if self.mistakes {
            self.attempt(|this| {
                this.gather(COMMA, Self::import_as_name)?;
                this.token(COMMA)?;
                this.token(NEWLINE)?;
                this.raise_here::<()>("trailing comma not allowed without surrounding parentheses")
            });
            self.attempt(|this| {
                let newline = this.token(NEWLINE)?;
                this.raise_from::<()>(newline, "Expected one or more names after 'import'")
            });
        }
        None
    }

    fn import_as_name(&mut self) -> Option<()> {
        if self.mistakes {
            self.attempt(|this| {
                this.token(NAME)?;
                this.keyword(KW_AS)?;
                this.never(|this| {
                    this.token(NAME)?;
                    [COMMA, RPAR, SEMI, NEWLINE].into_iter().find_map(|kind| this.token(kind))
                })?;
                this.wrong_import_target()
            });
        }
        self.token(NAME)?;
        self.as_name();
        Some(())
    }

    /// `':' NEWLINE` without an INDENT behind.
    pub fn no_block(&mut self, what: &str, opener: usize) -> Option<()> {
        self.token(COLON)?;
        self.token(NEWLINE)?;
        self.never(|this| this.token(INDENT))?;
        self.raise_no_block(what, opener)
    }

    pub fn block(&mut self) -> Option<()> {
        self.memoised(rule::BLOCK, |this| {
            let first = this.mark;
            if this
                .attempt(|this| {
                    this.token(NEWLINE)?;
                    this.token(INDENT)?;
                    this.some(Self::statement)?;
                    this.token(DEDENT)
                })
                .is_some()
                || this.attempt(Self::simple_statements).is_some()
            {
                return Some(this.node(Kind::Other, first, Vec::new()));
            }
            if this.mistakes {
                this.attempt(|this| {
                    this.token(NEWLINE)?;
                    this.never(|this| this.token(INDENT))?;
                    this.raise_last::<()>(FaultKind::Indentation, "expected an indented block")
                });
            }
            None
        })
        .map(|_| ())
    }
}
