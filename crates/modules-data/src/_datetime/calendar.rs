//! Civil arithmetic: the proleptic Gregorian calendar as day numbers, where day 1 is 1 January of year 1.
//!
//! Days are counted in years that begin in March, so that the leap day is a year's last one and a month's first day
//! is a linear formula (Howard Hinnant, "chrono-compatible low-level date algorithms").

/// The last year.
pub const MAX_YEAR: i64 = 9999;
/// The number of 31 December 9999.
pub const MAX_ORDINAL: i64 = 3_652_059;
/// The number of 1 January 1970.
pub const EPOCH: i64 = 719_163;
/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a day.
pub const DAY: i64 = 86_400 * SECOND;

/// English names of months, as `ctime` has them.
pub const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// English names of days, Monday first.
pub const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Whether a year has 366 days.
pub fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The days of a month; 31 for a month that does not exist.
pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The number of a day. Any year of 32 bits is fine, and any day of the month.
pub fn ordinal(year: i64, month: i64, day: i64) -> i64 {
    let shifted = year - i64::from(month <= 2);
    let (era, of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let from_march = (month + 9) % 12;
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 305
}

/// Year, month and day of a day number.
pub fn civil(ordinal: i64) -> (i64, i64, i64) {
    let n = ordinal + 305;
    let (era, of_era) = (n.div_euclid(146_097), n.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

/// Day of the week, 0 on Monday.
pub fn weekday(ordinal: i64) -> i64 {
    (ordinal + 6).rem_euclid(7)
}

/// Day of the year, from 1.
pub fn day_of_year(year: i64, month: i64, day: i64) -> i64 {
    ordinal(year, month, day) - ordinal(year, 1, 1) + 1
}

/// The day on which week 1 of an ISO year begins: the Monday of the week with the year's first Thursday.
fn first_monday(year: i64) -> i64 {
    let first = ordinal(year, 1, 1);
    let day = weekday(first);
    first - day + if day > 3 { 7 } else { 0 }
}

/// ISO year, week and day (1 is Monday) of a day.
pub fn iso_week(ordinal: i64) -> (i64, i64, i64) {
    // The week belongs to the year of its Thursday.
    let day = weekday(ordinal);
    let (year, _, _) = civil(ordinal - day + 3);
    (year, (ordinal - first_monday(year)).div_euclid(7) + 1, day + 1)
}

/// What is wrong with an ISO week date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IsoFault {
    /// The year is outside 1..9999.
    Year,
    /// The year has no such week.
    Week,
    /// There is no such day of the week.
    Day,
}

/// The day number of an ISO week date.
pub fn from_iso_week(year: i64, week: i64, day: i64) -> Result<i64, IsoFault> {
    if !(1..=MAX_YEAR).contains(&year) {
        return Err(IsoFault::Year);
    }
    let monday = first_monday(year);
    let weeks = (first_monday(year + 1) - monday) / 7;
    if !(1..=weeks).contains(&week) {
        return Err(IsoFault::Week);
    }
    if !(1..=7).contains(&day) {
        return Err(IsoFault::Day);
    }
    Ok(monday + (week - 1) * 7 + day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_has_one_number() {
        let mut expected = 1;
        for year in 1..=MAX_YEAR {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    assert_eq!(ordinal(year, month, day), expected);
                    assert_eq!(civil(expected), (year, month, day));
                    expected += 1;
                }
            }
        }
        assert_eq!(expected, MAX_ORDINAL + 1);
        assert_eq!(ordinal(1970, 1, 1), EPOCH);
    }

    #[test]
    fn weeks_lead_back_to_their_days() {
        for n in 1..=MAX_ORDINAL {
            let (year, week, day) = iso_week(n);
            if (1..=MAX_YEAR).contains(&year) {
                assert_eq!(from_iso_week(year, week, day), Ok(n));
            }
        }
        assert_eq!(iso_week(ordinal(2020, 12, 31)), (2020, 53, 4));
        assert_eq!(from_iso_week(2021, 53, 1), Err(IsoFault::Week));
    }
}
