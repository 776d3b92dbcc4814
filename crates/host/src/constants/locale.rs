//! Integer constants of Python's `_locale` module with glibc.
//!
//! Values come from the `libc` crate; a bare number is a kernel or glibc constant which that crate lacks.

#![allow(clippy::unnecessary_cast, reason = "the C type of a constant differs between targets")]

/// Name and value of each `LC_*` category of `_locale`, and `CHAR_MAX`.
pub const fn locale_constants() -> &'static [(&'static str, i64)] {
    LOCALE_CONSTANTS
}

const LOCALE_CONSTANTS: &[(&str, i64)] = &[
    ("CHAR_MAX", 127),
    ("LC_ALL", libc::LC_ALL as i64),
    ("LC_COLLATE", libc::LC_COLLATE as i64),
    ("LC_CTYPE", libc::LC_CTYPE as i64),
    ("LC_MESSAGES", libc::LC_MESSAGES as i64),
    ("LC_MONETARY", libc::LC_MONETARY as i64),
    ("LC_NUMERIC", libc::LC_NUMERIC as i64),
    ("LC_TIME", libc::LC_TIME as i64),
];

/// Name and value of each item that `nl_langinfo` may be asked for; all yield strings.
pub const fn langinfo_constants() -> &'static [(&'static str, i64)] {
    LANGINFO_CONSTANTS
}

const LANGINFO_CONSTANTS: &[(&str, i64)] = &[
    ("ABDAY_1", libc::ABDAY_1 as i64),
    ("ABDAY_2", libc::ABDAY_2 as i64),
    ("ABDAY_3", libc::ABDAY_3 as i64),
    ("ABDAY_4", libc::ABDAY_4 as i64),
    ("ABDAY_5", libc::ABDAY_5 as i64),
    ("ABDAY_6", libc::ABDAY_6 as i64),
    ("ABDAY_7", libc::ABDAY_7 as i64),
    ("ABMON_1", libc::ABMON_1 as i64),
    ("ABMON_10", libc::ABMON_10 as i64),
    ("ABMON_11", libc::ABMON_11 as i64),
    ("ABMON_12", libc::ABMON_12 as i64),
    ("ABMON_2", libc::ABMON_2 as i64),
    ("ABMON_3", libc::ABMON_3 as i64),
    ("ABMON_4", libc::ABMON_4 as i64),
    ("ABMON_5", libc::ABMON_5 as i64),
    ("ABMON_6", libc::ABMON_6 as i64),
    ("ABMON_7", libc::ABMON_7 as i64),
    ("ABMON_8", libc::ABMON_8 as i64),
    ("ABMON_9", libc::ABMON_9 as i64),
    ("ALT_DIGITS", libc::ALT_DIGITS as i64),
    ("AM_STR", libc::AM_STR as i64),
    ("CODESET", libc::CODESET as i64),
    ("CRNCYSTR", libc::CRNCYSTR as i64),
    ("DAY_1", libc::DAY_1 as i64),
    ("DAY_2", libc::DAY_2 as i64),
    ("DAY_3", libc::DAY_3 as i64),
    ("DAY_4", libc::DAY_4 as i64),
    ("DAY_5", libc::DAY_5 as i64),
    ("DAY_6", libc::DAY_6 as i64),
    ("DAY_7", libc::DAY_7 as i64),
    ("D_FMT", libc::D_FMT as i64),
    ("D_T_FMT", libc::D_T_FMT as i64),
    ("ERA", libc::ERA as i64),
    ("ERA_D_FMT", libc::ERA_D_FMT as i64),
    ("ERA_D_T_FMT", libc::ERA_D_T_FMT as i64),
    ("ERA_T_FMT", libc::ERA_T_FMT as i64),
    ("MON_1", libc::MON_1 as i64),
    ("MON_10", libc::MON_10 as i64),
    ("MON_11", libc::MON_11 as i64),
    ("MON_12", libc::MON_12 as i64),
    ("MON_2", libc::MON_2 as i64),
    ("MON_3", libc::MON_3 as i64),
    ("MON_4", libc::MON_4 as i64),
    ("MON_5", libc::MON_5 as i64),
    ("MON_6", libc::MON_6 as i64),
    ("MON_7", libc::MON_7 as i64),
    ("MON_8", libc::MON_8 as i64),
    ("MON_9", libc::MON_9 as i64),
    ("NOEXPR", libc::NOEXPR as i64),
    ("PM_STR", libc::PM_STR as i64),
    ("RADIXCHAR", libc::RADIXCHAR as i64),
    ("THOUSEP", libc::THOUSEP as i64),
    ("T_FMT", libc::T_FMT as i64),
    ("T_FMT_AMPM", libc::T_FMT_AMPM as i64),
    ("YESEXPR", libc::YESEXPR as i64),
    ("_DATE_FMT", 0x2006c),
];
