//! `_datetime`: dates, times, spans and fixed zones, the compiled half of `datetime`.
//!
//! Bodies never change after they are made: packed fields and the zone. A moment is computed with as microseconds on
//! the wall clock, in 64 bits; spans reach further, in 128 (`_datetime/timedelta.rs`). `calendar.rs` has the civil
//! arithmetic, `local.rs` the system's clock and zone, `iso.rs` reads, `format.rs` writes, `fields.rs` checks
//! arguments; the other files have a type each.

use orochi_objects::{ModuleSpec, Value, dict};

mod calendar;
mod date;
mod datetime;
mod fields;
mod format;
mod iso;
mod local;
mod time;
mod timedelta;
mod timezone;
mod tzinfo;
mod week_date;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_datetime")
    .doc("Dates, times and spans of time.")
    .types(&[&date::DATE, &datetime::DATETIME, &time::TIME, &timedelta::DELTA, &timezone::TIMEZONE, &tzinfo::TZINFO])
    .exec(|t, namespace| {
        dict::set_by_name(t, namespace, "MINYEAR", Value::i32(1));
        dict::set_by_name(t, namespace, "MAXYEAR", Value::i32(9999));
        dict::set_by_name(t, namespace, "UTC", timezone::utc(t));
        Ok(())
    });
