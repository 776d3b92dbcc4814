//! Expressions from the comma down to the operators.
use super::node::{Id, Kind};
use super::recognizer::Recognizer;
use crate::tokenize::kind::*;

/// Memo numbers, one per memoised rule of any file of this pass.
pub(super) mod rule {
    pub const EXPRESSION: u8 = 1;
    pub const STAR_EXPRESSION: u8 = 2;
    pub const DISJUNCTION: u8 = 3;
    pub const CONJUNCTION: u8 = 4;
    pub const INVERSION: u8 = 5;
    pub const BITWISE_OR: u8 = 6;
    pub const BITWISE_XOR: u8 = 7;
    pub const BITWISE_AND: u8 = 8;
    pub const SHIFT: u8 = 9;
    pub const SUM: u8 = 10;
    pub const TERM: u8 = 11;
    pub const FACTOR: u8 = 12;
    pub const AWAIT_PRIMARY: u8 = 13;
    pub const PRIMARY: u8 = 14;
    pub const STRINGS: u8 = 15;
    pub const ARGUMENTS: u8 = 16;
    pub const STAR_TARGET: u8 = 17;
    pub const TARGET_WITH_STAR_ATOM: u8 = 18;
    pub const T_PRIMARY: u8 = 19;
    pub const SIMPLE_STATEMENT: u8 = 20;
    pub const BLOCK: u8 = 21;
    pub const INVALID_NAMED: u8 = 22;
    pub const LAMBDA: u8 = 23;
    pub const CLOSED_PATTERN: u8 = 24;
    pub const REPLACEMENT_FIELD: u8 = 25;
}

type Rule = fn(&mut Recognizer) -> Option<Id>;

impl Recognizer {
    /// A sequence that is a tuple as soon as it has a comma.
    fn comma_separated(&mut self, item: Rule) -> Option<Id> {
        let first = self.mark;
        let mut items = vec![self.attempt(item)?];
        let mut comma = false;
        while let Some(next) = self.attempt(|this| {
            this.token(COMMA)?;
            item(this)
        }) {
            comma = true;
            items.push(next);
        }
        comma |= self.token(COMMA).is_some();
        if comma { Some(self.node(Kind::Tuple, first, items)) } else { items.pop() }
    }

    pub fn star_expressions(&mut self) -> Option<Id> {
        self.comma_separated(Self::star_expression)
    }

    pub fn expressions(&mut self) -> Option<Id> {
        self.comma_separated(Self::expression)
    }

    fn star_expression(&mut self) -> Option<Id> {
        self.memoised(rule::STAR_EXPRESSION, |this| {
            if let Some(starred) = this.attempt(Self::star_bitwise_or) {
                return Some(starred);
            }
            this.expression()
        })
    }

    pub fn star_bitwise_or(&mut self) -> Option<Id> {
        let first = self.token(STAR)?;
        let value = self.bitwise_or()?;
        Some(self.node(Kind::Starred, first, vec![value]))
    }

    pub fn star_named_expressions(&mut self) -> Option<Vec<Id>> {
        let items = self.gather(COMMA, Self::star_named_expression)?;
        self.token(COMMA);
        Some(items)
    }

    pub fn star_named_expression(&mut self) -> Option<Id> {
        if let Some(starred) = self.attempt(Self::star_bitwise_or) {
            return Some(starred);
        }
        self.named_expression()
    }

    pub fn assignment_expression(&mut self) -> Option<Id> {
        let first = self.token(NAME)?;
        self.token(COLONEQUAL)?;
        self.expression()?;
        Some(self.node(Kind::NamedExpr, first, Vec::new()))
    }

    pub fn named_expression(&mut self) -> Option<Id> {
        let mark = self.mark;
        // Behind `name :=` no other reading is tried.
        if self.attempt(|this| {
            this.token(NAME)?;
            this.token(COLONEQUAL)
        })
        .is_some()
        {
            self.mark = mark;
            return self.attempt(Self::assignment_expression);
        }
        if self.mistakes
            && let Some(found) = self.attempt(Self::invalid_named_expression)
        {
            return Some(found);
        }
        self.attempt(Self::plain_named_expression)
    }

    fn plain_named_expression(&mut self) -> Option<Id> {
        let found = self.expression()?;
        self.never(|this| this.token(COLONEQUAL))?;
        Some(found)
    }

    /// `assignment_expression | expression !':='`, what a generator and an argument start with.
    pub fn assignment_or_expression(&mut self) -> Option<Id> {
        let mark = self.mark;
        if self.attempt(|this| {
            this.token(NAME)?;
            this.token(COLONEQUAL)
        })
        .is_some()
        {
            self.mark = mark;
            return self.attempt(Self::assignment_expression);
        }
        self.attempt(Self::plain_named_expression)
    }

    fn invalid_named_expression(&mut self) -> Option<Id> {
        self.memoised(rule::INVALID_NAMED, |this| {
            this.attempt(|this| {
                let target = this.expression()?;
                this.token(COLONEQUAL)?;
                this.expression()?;
                let what = this.kind(target).describe();
                this.raise_node::<Id>(target, format!("cannot use assignment expressions with {what}"))
            });
            this.attempt(|this| {
                let name = this.token(NAME)?;
                this.token(EQUAL)?;
                let value = this.bitwise_or()?;
                this.never(Self::equal_or_walrus)?;
                let last = this.last(value);
                this.raise_tokens::<Id>(
                    name,
                    last,
                    "invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
                )
            });
            this.attempt(|this| {
                this.never(|this| {
                    this.attempt(Self::list)
                        .or_else(|| this.attempt(Self::tuple))
                        .or_else(|| this.attempt(Self::generator))
                        .map(|_| ())
                        .or_else(|| this.keyword(KW_TRUE).map(|_| ()))
                        .or_else(|| this.keyword(KW_NONE).map(|_| ()))
                        .or_else(|| this.keyword(KW_FALSE).map(|_| ()))
                })?;
                let target = this.bitwise_or()?;
                this.token(EQUAL)?;
                this.bitwise_or()?;
                this.never(Self::equal_or_walrus)?;
                let what = this.kind(target).describe();
                this.raise_node::<Id>(
                    target,
                    format!("cannot assign to {what} here. Maybe you meant '==' instead of '='?"),
                )
            })
        })
    }

    fn equal_or_walrus(&mut self) -> Option<usize> {
        self.token(EQUAL).or_else(|| self.token(COLONEQUAL))
    }

    pub fn expression(&mut self) -> Option<Id> {
        self.memoised(rule::EXPRESSION, |this| {
            if this.mistakes {
                this.invalid_expression();
                this.invalid_legacy_expression();
            }
            this.plain_expression()
        })
    }

    fn plain_expression(&mut self) -> Option<Id> {
        if self.raised() {
            return None;
        }
        let first = self.mark;
        if let Some(found) = self.attempt(|this| {
            this.disjunction()?;
            this.keyword(KW_IF)?;
            this.disjunction()?;
            this.keyword(KW_ELSE)?;
            this.expression()?;
            Some(this.node(Kind::IfExp, first, Vec::new()))
        }) {
            return Some(found);
        }
        if let Some(found) = self.disjunction() {
            return Some(found);
        }
        self.attempt(Self::lambda)
    }

    fn expression_without_mistakes(&mut self) -> Option<Id> {
        let before = std::mem::replace(&mut self.mistakes, false);
        let found = self.plain_expression();
        self.mistakes = before;
        found
    }

    fn invalid_expression(&mut self) {
        self.attempt(|this| {
            this.token(STRING)?;
            let inner = this.some(|this| {
                this.never(|this| this.token(STRING))?;
                this.expression_without_mistakes()
            })?;
            this.token(STRING)?;
            let (first, last) = (*inner.first()?, *inner.last()?);
            this.raise_nodes::<Id>(first, last, "invalid syntax. Is this intended to be part of the string?")
        });
        self.attempt(|this| {
            this.never(|this| {
                this.attempt(|this| {
                    this.token(NAME)?;
                    this.token(STRING)
                })
                .or_else(|| this.soft_keyword())
            })?;
            let left = this.disjunction()?;
            let right = this.expression_without_mistakes()?;
            if this.is_legacy(left) || this.token_at(this.mark - 1).level == 0 {
                return None;
            }
            this.raise_nodes::<Id>(left, right, "invalid syntax. Perhaps you forgot a comma?")
        });
        self.attempt(|this| {
            let body = this.disjunction()?;
            this.keyword(KW_IF)?;
            let test = this.disjunction()?;
            this.never(|this| this.keyword(KW_ELSE).or_else(|| this.token(COLON)))?;
            this.raise_nodes::<Id>(body, test, "expected 'else' after 'if' expression")
        });
        self.attempt(|this| {
            this.disjunction()?;
            this.keyword(KW_IF)?;
            this.disjunction()?;
            this.keyword(KW_ELSE)?;
            this.never(Self::expression)?;
            this.raise_next::<Id>("expected expression after 'else', but statement is given")
        });
        self.attempt(|this| {
            let statement = [KW_PASS, KW_BREAK, KW_CONTINUE].into_iter().find_map(|word| this.keyword(word))?;
            this.keyword(KW_IF)?;
            this.disjunction()?;
            this.keyword(KW_ELSE)?;
            this.simple_statement()?;
            this.raise_tokens::<Id>(
                statement,
                statement,
                "expected expression before 'if', but statement is given",
            )
        });
        self.attempt(|this| {
            let first = this.keyword(KW_LAMBDA)?;
            this.attempt(Self::lambda_params);
            let colon = this.token(COLON)?;
            let letter = if this.at_token(FSTRING_MIDDLE) {
                'f'
            } else if this.at_token(TSTRING_MIDDLE) {
                't'
            } else {
                return None;
            };
            this.raise_tokens::<Id>(
                first,
                colon,
                format!("{letter}-string: lambda expressions are not allowed without parentheses"),
            )
        });
    }

    fn invalid_legacy_expression(&mut self) {
        self.attempt(|this| {
            let first = this.mark;
            this.token(NAME)?;
            let name = this.node(Kind::Name, first, Vec::new());
            this.never(|this| this.token(LPAR))?;
            let rest = this.star_expressions()?;
            if !this.is_legacy(name) {
                return None;
            }
            let shown = this.name(name).to_owned();
            this.raise_nodes::<Id>(
                name,
                rest,
                format!("Missing parentheses in call to '{shown}'. Did you mean {shown}(...)?"),
            )
        });
    }

    /// `print` and `exec` were statements once.
    fn is_legacy(&self, id: Id) -> bool {
        self.kind(id) == Kind::Name && matches!(self.name(id), "print" | "exec")
    }

    fn soft_keyword(&mut self) -> Option<usize> {
        ["_", "case", "match", "type"].into_iter().find_map(|word| self.soft(word))
    }

    pub fn yield_expression(&mut self) -> Option<Id> {
        let first = self.keyword(KW_YIELD)?;
        if self.attempt(|this| {
            this.keyword(KW_FROM)?;
            this.expression()
        })
        .is_none()
        {
            self.star_expressions();
        }
        if self.raised() {
            return None;
        }
        Some(self.node(Kind::Yield, first, Vec::new()))
    }

    fn operator_chain(&mut self, operator: u8, operand: Rule) -> Option<Id> {
        let first = self.mark;
        let left = operand(self)?;
        let more = self.many(|this| {
            this.keyword(operator)?;
            operand(this)
        });
        if more.is_empty() { Some(left) } else { Some(self.node(Kind::Operation, first, Vec::new())) }
    }

    pub fn disjunction(&mut self) -> Option<Id> {
        self.memoised(rule::DISJUNCTION, |this| this.operator_chain(KW_OR, Self::conjunction))
    }

    fn conjunction(&mut self) -> Option<Id> {
        self.memoised(rule::CONJUNCTION, |this| this.operator_chain(KW_AND, Self::inversion))
    }

    fn inversion(&mut self) -> Option<Id> {
        self.memoised(rule::INVERSION, |this| {
            let first = this.mark;
            if this.attempt(|this| {
                this.keyword(KW_NOT)?;
                this.inversion()
            })
            .is_some()
            {
                return Some(this.node(Kind::Operation, first, Vec::new()));
            }
            this.comparison()
        })
    }

    fn comparison(&mut self) -> Option<Id> {
        let first = self.mark;
        let left = self.bitwise_or()?;
        let operators = self.many(|this| {
            let is_in = this.comparison_operator()?;
            this.bitwise_or()?;
            Some(is_in)
        });
        match operators.first() {
            None => Some(left),
            Some(&is_in) => {
                let children = if is_in { vec![left] } else { Vec::new() };
                Some(self.node(Kind::Compare, first, children))
            }
        }
    }

    /// One comparison operator; `true` for `in`.
    fn comparison_operator(&mut self) -> Option<bool> {
        let token = self.peek()?;
        if self.mistakes && token.kind == LESS {
            self.attempt(|this| {
                let less = this.token(LESS)?;
                let greater = this.token(GREATER)?;
                if this.token_at(less).end != this.token_at(greater).start {
                    return None;
                }
                let message = "invalid syntax.  Maybe you meant '!=' instead of '<>'?";
                this.raise_tokens::<Id>(less, greater, message)
            });
        }
        match (token.kind, token.keyword) {
            (EQEQUAL | NOTEQUAL | LESSEQUAL | LESS | GREATEREQUAL | GREATER, _) => {
                self.mark += 1;
                return Some(false);
            }
            (_, KW_NOT) => {
                self.mark += 1;
                self.keyword(KW_IN)?;
                return Some(false);
            }
            (_, KW_IN) => {
                self.mark += 1;
                return Some(true);
            }
            (_, KW_IS) => {
                self.mark += 1;
                self.keyword(KW_NOT);
                return Some(false);
            }
            _ => {}
        }
        None
    }

    /// A left-associative chain of binary operators.
    fn binary(&mut self, operators: &[u8], operand: Rule) -> Option<Id> {
        let first = self.mark;
        let mut found = operand(self)?;
        loop {
            let next = self.attempt(|this| {
                operators.iter().find_map(|&operator| this.token(operator))?;
                operand(this)
            });
            if next.is_none() {
                return (!self.raised()).then_some(found);
            }
            found = self.node(Kind::Operation, first, Vec::new());
        }
    }

    pub fn bitwise_or(&mut self) -> Option<Id> {
        self.memoised(rule::BITWISE_OR, |this| this.binary(&[VBAR], Self::bitwise_xor))
    }

    fn bitwise_xor(&mut self) -> Option<Id> {
        self.memoised(rule::BITWISE_XOR, |this| this.binary(&[CIRCUMFLEX], Self::bitwise_and))
    }

    fn bitwise_and(&mut self) -> Option<Id> {
        self.memoised(rule::BITWISE_AND, |this| this.binary(&[AMPER], Self::shift))
    }

    fn shift(&mut self) -> Option<Id> {
        self.memoised(rule::SHIFT, |this| {
            let found = this.binary(&[LEFTSHIFT, RIGHTSHIFT], Self::sum)?;
            if this.mistakes {
                this.not_after_operator(&[PLUS, MINUS, STAR, SLASH, PERCENT, DOUBLESLASH, AT]);
            }
            (!this.raised()).then_some(found)
        })
    }

    /// `a + not b`: the operators bind tighter than `not`.
    fn not_after_operator(&mut self, operators: &[u8]) {
        self.attempt(|this| {
            operators.iter().find_map(|&operator| this.token(operator))?;
            let not = this.keyword(KW_NOT)?;
            let operand = this.inversion()?;
            let last = this.last(operand);
            this.raise_tokens::<Id>(not, last, "'not' after an operator must be parenthesized")
        });
    }

    fn sum(&mut self) -> Option<Id> {
        self.memoised(rule::SUM, |this| this.binary(&[PLUS, MINUS], Self::term))
    }

    fn term(&mut self) -> Option<Id> {
        self.memoised(rule::TERM, |this| {
            this.binary(&[STAR, SLASH, DOUBLESLASH, PERCENT, AT], Self::factor)
        })
    }

    fn factor(&mut self) -> Option<Id> {
        self.memoised(rule::FACTOR, |this| {
            let first = this.mark;
            if this.attempt(|this| {
                [PLUS, MINUS, TILDE].into_iter().find_map(|sign| this.token(sign))?;
                this.factor()
            })
            .is_some()
            {
                return Some(this.node(Kind::Operation, first, Vec::new()));
            }
            if let Some(found) = this.power() {
                return Some(found);
            }
            if this.mistakes {
                this.mark = first;
                this.attempt(|this| {
                    [PLUS, MINUS, TILDE].into_iter().find_map(|sign| this.token(sign))?;
                    let not = this.keyword(KW_NOT)?;
                    let operand = this.factor()?;
                    let last = this.last(operand);
                    this.raise_tokens::<Id>(not, last, "'not' after an operator must be parenthesized")
                });
            }
            None
        })
    }

    fn power(&mut self) -> Option<Id> {
        let first = self.mark;
        let base = self.await_primary()?;
        if self.attempt(|this| {
            this.token(DOUBLESTAR)?;
            this.factor()
        })
        .is_some()
        {
            return Some(self.node(Kind::Operation, first, Vec::new()));
        }
        (!self.raised()).then_some(base)
    }

    fn await_primary(&mut self) -> Option<Id> {
        self.memoised(rule::AWAIT_PRIMARY, |this| {
            let first = this.mark;
            if this.attempt(|this| {
                this.keyword(KW_AWAIT)?;
                this.primary()
            })
            .is_some()
            {
                return Some(this.node(Kind::Await, first, Vec::new()));
            }
            this.primary()
        })
    }

    fn lambda(&mut self) -> Option<Id> {
        self.memoised_twice(rule::LAMBDA, |this| {
            let first = this.keyword(KW_LAMBDA)?;
            this.attempt(Self::lambda_params);
            this.token(COLON)?;
            this.expression()?;
            Some(this.node(Kind::Lambda, first, Vec::new()))
        })
    }
}
