//! Token numbers of Python 3.14's `token` module, and keyword numbers for the grammar.

macro_rules! numbers {
    ($($name:ident = $value:expr, $text:expr;)*) => {
        $(#[doc = concat!("`token.", stringify!($name), "` ", $text)] pub const $name: u8 = $value;)*

        /// The text of an operator token kind, `None` for the kinds without a fixed text.
        pub fn operator_text(kind: u8) -> Option<&'static str> {
            match kind {
                $($value if !$text.is_empty() => Some($text),)*
                _ => None,
            }
        }

        /// The name of a token kind in the `token` module; `?` for a number that is none.
        pub fn name(kind: u8) -> &'static str {
            match kind {
                $($value => stringify!($name),)*
                _ => "?",
            }
        }
    };
}

numbers! {
    ENDMARKER = 0, ""; NAME = 1, ""; NUMBER = 2, ""; STRING = 3, ""; NEWLINE = 4, ""; INDENT = 5, "";
    DEDENT = 6, ""; LPAR = 7, "("; RPAR = 8, ")"; LSQB = 9, "["; RSQB = 10, "]"; COLON = 11, ":";
    COMMA = 12, ","; SEMI = 13, ";"; PLUS = 14, "+"; MINUS = 15, "-"; STAR = 16, "*"; SLASH = 17, "/";
    VBAR = 18, "|"; AMPER = 19, "&"; LESS = 20, "<"; GREATER = 21, ">"; EQUAL = 22, "="; DOT = 23, ".";
    PERCENT = 24, "%"; LBRACE = 25, "{"; RBRACE = 26, "}"; EQEQUAL = 27, "=="; NOTEQUAL = 28, "!=";
    LESSEQUAL = 29, "<="; GREATEREQUAL = 30, ">="; TILDE = 31, "~"; CIRCUMFLEX = 32, "^";
    LEFTSHIFT = 33, "<<"; RIGHTSHIFT = 34, ">>"; DOUBLESTAR = 35, "**"; PLUSEQUAL = 36, "+=";
    MINEQUAL = 37, "-="; STAREQUAL = 38, "*="; SLASHEQUAL = 39, "/="; PERCENTEQUAL = 40, "%=";
    AMPEREQUAL = 41, "&="; VBAREQUAL = 42, "|="; CIRCUMFLEXEQUAL = 43, "^="; LEFTSHIFTEQUAL = 44, "<<=";
    RIGHTSHIFTEQUAL = 45, ">>="; DOUBLESTAREQUAL = 46, "**="; DOUBLESLASH = 47, "//";
    DOUBLESLASHEQUAL = 48, "//="; AT = 49, "@"; ATEQUAL = 50, "@="; RARROW = 51, "->";
    ELLIPSIS = 52, "..."; COLONEQUAL = 53, ":="; EXCLAMATION = 54, "!"; OP = 55, ""; TYPE_IGNORE = 56, "";
    TYPE_COMMENT = 57, ""; SOFT_KEYWORD = 58, ""; FSTRING_START = 59, ""; FSTRING_MIDDLE = 60, "";
    FSTRING_END = 61, ""; TSTRING_START = 62, ""; TSTRING_MIDDLE = 63, ""; TSTRING_END = 64, "";
    COMMENT = 65, ""; NL = 66, ""; ERRORTOKEN = 67, "";
}

macro_rules! keywords {
    ($($name:ident = $value:expr, $text:expr;)*) => {
        $(#[doc = $text] pub const $name: u8 = $value;)*

        /// The keyword number of a name, 0 if it is none.
        pub fn keyword(name: &str) -> u8 {
            match name {
                $($text => $value,)*
                _ => 0,
            }
        }
    };
}

keywords! {
    KW_FALSE = 101, "False"; KW_NONE = 102, "None"; KW_TRUE = 103, "True"; KW_AND = 104, "and";
    KW_AS = 105, "as"; KW_ASSERT = 106, "assert"; KW_ASYNC = 107, "async"; KW_AWAIT = 108, "await";
    KW_BREAK = 109, "break"; KW_CLASS = 110, "class"; KW_CONTINUE = 111, "continue"; KW_DEF = 112, "def";
    KW_DEL = 113, "del"; KW_ELIF = 114, "elif"; KW_ELSE = 115, "else"; KW_EXCEPT = 116, "except";
    KW_FINALLY = 117, "finally"; KW_FOR = 118, "for"; KW_FROM = 119, "from"; KW_GLOBAL = 120, "global";
    KW_IF = 121, "if"; KW_IMPORT = 122, "import"; KW_IN = 123, "in"; KW_IS = 124, "is";
    KW_LAMBDA = 125, "lambda"; KW_NONLOCAL = 126, "nonlocal"; KW_NOT = 127, "not"; KW_OR = 128, "or";
    KW_PASS = 129, "pass"; KW_RAISE = 130, "raise"; KW_RETURN = 131, "return"; KW_TRY = 132, "try";
    KW_WHILE = 133, "while"; KW_WITH = 134, "with"; KW_YIELD = 135, "yield";
}

/// The kind of an operator by its text, where the stream says OP for all of them.
pub fn exact(kind: u8, text: &str) -> u8 {
    if kind != OP {
        return kind;
    }
    (LPAR..OP).find(|&k| operator_text(k) == Some(text)).unwrap_or(kind)
}

/// The kind of a one-character operator, OP for a character that is none.
pub fn one_byte(byte: u8) -> u8 {
    match byte {
        b'!' => EXCLAMATION,
        b'%' => PERCENT,
        b'&' => AMPER,
        b'(' => LPAR,
        b')' => RPAR,
        b'*' => STAR,
        b'+' => PLUS,
        b',' => COMMA,
        b'-' => MINUS,
        b'.' => DOT,
        b'/' => SLASH,
        b':' => COLON,
        b';' => SEMI,
        b'<' => LESS,
        b'=' => EQUAL,
        b'>' => GREATER,
        b'@' => AT,
        b'[' => LSQB,
        b']' => RSQB,
        b'^' => CIRCUMFLEX,
        b'{' => LBRACE,
        b'|' => VBAR,
        b'}' => RBRACE,
        b'~' => TILDE,
        _ => OP,
    }
}

/// The kind of a two-character operator.
pub fn two_bytes(first: u8, second: u8) -> Option<u8> {
    Some(match (first, second) {
        (b'!', b'=') => NOTEQUAL,
        (b'%', b'=') => PERCENTEQUAL,
        (b'&', b'=') => AMPEREQUAL,
        (b'*', b'*') => DOUBLESTAR,
        (b'*', b'=') => STAREQUAL,
        (b'+', b'=') => PLUSEQUAL,
        (b'-', b'=') => MINEQUAL,
        (b'-', b'>') => RARROW,
        (b'/', b'/') => DOUBLESLASH,
        (b'/', b'=') => SLASHEQUAL,
        (b':', b'=') => COLONEQUAL,
        (b'<', b'<') => LEFTSHIFT,
        (b'<', b'=') => LESSEQUAL,
        (b'=', b'=') => EQEQUAL,
        (b'>', b'=') => GREATEREQUAL,
        (b'>', b'>') => RIGHTSHIFT,
        (b'@', b'=') => ATEQUAL,
        (b'^', b'=') => CIRCUMFLEXEQUAL,
        (b'|', b'=') => VBAREQUAL,
        _ => return None,
    })
}

/// The kind of a three-character operator that starts with the operator `two`.
pub fn three_bytes(two: u8, third: u8) -> Option<u8> {
    match (two, third) {
        (DOUBLESTAR, b'=') => Some(DOUBLESTAREQUAL),
        (DOUBLESLASH, b'=') => Some(DOUBLESLASHEQUAL),
        (LEFTSHIFT, b'=') => Some(LEFTSHIFTEQUAL),
        (RIGHTSHIFT, b'=') => Some(RIGHTSHIFTEQUAL),
        _ => None,
    }
}
