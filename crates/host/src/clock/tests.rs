//! Clocks move forward, sleeps sleep, the calendar agrees with known dates.

use super::*;

#[test]
fn clocks_and_sleep() {
    let before = monotonic_nanos();
    assert_eq!(nanosleep(Timespec::from_nanos(3_000_000)), Ok(Sleep::Complete));
    assert!(monotonic_nanos() - before >= 3_000_000);
    assert!(clock_getres(MONOTONIC).unwrap().nsec > 0);
    assert_eq!(clock_gettime(9999), Err(Errno::EINVAL));
    assert_eq!(nanosleep(Timespec { sec: -1, nsec: 0 }), Err(Errno::EINVAL));
    assert!(clock_gettime(thread_clock(crate::thread::native_id())).unwrap() > Timespec::ZERO);
    assert_eq!(Timespec::from_nanos(-1), Timespec { sec: -1, nsec: 999_999_999 });
    assert_eq!(Timespec::from_nanos(-1).as_nanos(), -1);
    assert_eq!(Timespec { sec: i64::MAX, nsec: 1 }.as_nanos_saturating(), i64::MAX);
    assert_eq!(Timespec { sec: 0, nsec: 999_999_999 }.to_timeval().tv_sec, 1);
}

#[test]
fn calendar() {
    let time = gmtime(1_000_000_000).unwrap();
    assert_eq!((time.year, time.month, time.mday, time.hour, time.wday, time.yday), (101, 8, 9, 1, 0, 251));
    assert_eq!(time.zone, b"GMT");
    assert_eq!(timegm(&time), Ok(1_000_000_000));
    assert_eq!(strftime(c"%Y-%m-%d %H:%M:%S %j", &time).unwrap(), b"2001-09-09 01:46:40 252");
    assert_eq!(strftime(c"", &time).unwrap(), b"");
    assert_eq!(asctime(&time), "Sun Sep  9 01:46:40 2001");
    assert_eq!(gmtime(i64::MAX), Err(Errno::EOVERFLOW));
    let mut local = localtime(86_399).unwrap();
    assert_eq!(mktime(&mut local), Ok(86_399));
    let mut before = localtime(-1).unwrap();
    assert_eq!(mktime(&mut before), Ok(-1));
    let odd = BrokenDown { wday: 77, month: -4, ..time };
    assert!(asctime(&odd).starts_with("??? ???"));
    assert!(strftime(c"%a %b", &odd).is_ok());
}

#[test]
fn the_zone_follows_the_environment() {
    crate::process::putenv(b"TZ", b"EST+05EDT,M3.2.0,M11.1.0").unwrap();
    let zone = zone();
    assert_eq!((zone.timezone, zone.altzone, zone.daylight), (18_000, 14_400, true));
    assert_eq!(zone.names, [b"EST".to_vec(), b"EDT".to_vec()]);
    crate::process::unsetenv(b"TZ").unwrap();
    tzset();
}
