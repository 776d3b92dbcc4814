"""datetime: civil arithmetic, spans, zones and folds, ISO 8601 both ways, strftime, pickles, subclasses, errors."""

import copy
import os
import pickle
import warnings
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, timezone, tzinfo

from _run import main, message, raises


class Eastern(tzinfo):
    """Five hours behind UTC; in summer time from 8 March 2:00 to 1 November 2:00."""

    def utcoffset(self, dt):
        return timedelta(hours=-5) + self.dst(dt)

    def dst(self, dt):
        if dt is None:
            return timedelta(0)
        wall = dt.replace(tzinfo=None, fold=0)
        start, end = datetime(dt.year, 3, 8, 2), datetime(dt.year, 11, 1, 1)
        summer = start <= wall < end or (end <= wall < end + timedelta(hours=1) and not dt.fold)
        return timedelta(hours=1 if summer else 0)

    def tzname(self, dt):
        return "E%T"


class Day(date):
    def __new__(cls, *arguments):
        self = date.__new__(cls, *arguments)
        self.note = "made"
        return self


class Moment(datetime):
    pass


def test_where_they_are():
    for cls in (date, datetime, time, timedelta, timezone, tzinfo):
        assert cls.__module__ == "datetime"
    assert (MINYEAR, MAXYEAR, UTC) == (1, 9999, timezone.utc)
    assert date.__mro__ == (date, object) and datetime.__mro__ == (datetime, date, object)
    assert date.min == date(1, 1, 1) and datetime.max == datetime(9999, 12, 31, 23, 59, 59, 999999)
    assert (date.resolution, time.resolution) == (timedelta(1), timedelta(microseconds=1))
    assert timezone.max.utcoffset(None) == timedelta(hours=23, minutes=59) == -timezone.min.utcoffset(None)


def test_days_have_numbers():
    for n in (1, 365, 366, 719163, 730179, 730180, 3652059):
        assert date.fromordinal(n).toordinal() == n
    assert date(2000, 2, 29).weekday() == 1 and date(2000, 2, 29).isoweekday() == 2
    assert date(2020, 12, 31).isocalendar() == (2020, 53, 4)
    assert repr(date(2021, 1, 3).isocalendar()) == "datetime.IsoCalendarDate(year=2020, week=53, weekday=7)"
    assert date.fromisocalendar(2020, 53, 7) == date(2021, 1, 3)
    assert date(2021, 1, 3).isocalendar().week == 53
    assert date(2024, 3, 1) - date(2024, 2, 28) == timedelta(2)
    assert date(2024, 12, 31) + timedelta(1, 86399) == date(2025, 1, 1)
    assert date(2024, 3, 1).timetuple()[:8] == (2024, 3, 1, 0, 0, 0, 4, 61)
    assert date(2024, 3, 1).ctime() == "Fri Mar  1 00:00:00 2024"


def test_dates_that_are_none():
    assert message(ValueError, date, 2001, 2, 29) == "day 29 must be in range 1..28 for month 2 in year 2001"
    assert message(ValueError, date, 0, 1, 1) == "year must be in 1..9999, not 0"
    assert message(ValueError, date, 1, 13, 1) == "month must be in 1..12, not 13"
    assert message(TypeError, date, 1, 2) == "function missing required argument 'day' (pos 3)"
    assert message(TypeError, date, 1, 2, 3, 4) == "function takes at most 3 arguments (4 given)"
    assert message(TypeError, date, 1.0, 1, 1) == "'float' object cannot be interpreted as an integer"
    assert message(OverflowError, lambda: date.min - timedelta(1)) == "date value out of range"
    assert message(OverflowError, lambda: datetime.max + timedelta.resolution) == "date value out of range"
    assert message(ValueError, date.fromordinal, 0) == "ordinal must be >= 1"
    assert message(ValueError, date.fromisocalendar, 2021, 53, 1) == "Invalid week: 53"
    assert message(ValueError, time, 24) == "hour must be in 0..23, not 24"
    assert message(ValueError, datetime, 1, 1, 1, fold=2) == "fold must be either 0 or 1, not 2"
    wrong = "tzinfo argument must be None or of a tzinfo subclass, not type 'int'"
    assert message(TypeError, datetime, 1, 1, 1, tzinfo=1) == wrong
    assert "not supported" in message(TypeError, lambda: date(1, 1, 1) < datetime(1, 1, 1))
    assert date(1, 1, 1) != datetime(1, 1, 1)
    raises(OverflowError, date, 10**20, 1, 1)
    raises(TypeError, lambda: date(1, 1, 1) + 1)
    raises(AttributeError, setattr, date(1, 1, 1), "year", 2)


def test_spans_add_up():
    assert timedelta(weeks=1, days=1, hours=1, minutes=1, seconds=1, milliseconds=1, microseconds=1) == timedelta(
        8, 3661, 1001)
    assert repr(timedelta(-1, 2, 3)) == "datetime.timedelta(days=-1, seconds=2, microseconds=3)"
    assert repr(timedelta(0)) == "datetime.timedelta(0)"
    assert [str(timedelta(*a)) for a in ((0,), (1,), (-1,), (2, 3661, 5))] == [
        "0:00:00", "1 day, 0:00:00", "-1 day, 0:00:00", "2 days, 1:01:01.000005"]
    assert timedelta(days=1.5) == timedelta(1, 43200) and timedelta(days=-0.5) == timedelta(-1, 43200)
    # Half a microsecond goes to the even one.
    assert [timedelta(microseconds=n).microseconds for n in (0.5, 1.5, 2.5, 3.5)] == [0, 2, 2, 4]
    assert timedelta(microseconds=1, milliseconds=0.0005) == timedelta(microseconds=2)
    assert timedelta(seconds=1e-6) == timedelta.resolution
    assert timedelta(days=True) == timedelta(1)
    assert bool(timedelta(0)) is False and bool(timedelta.resolution)
    assert timedelta(1, 2, 3).total_seconds() == 86402.000003
    assert timedelta.max.total_seconds() == 86399999999999.999999


def test_spans_divide():
    span = timedelta(hours=7)
    assert divmod(span, timedelta(hours=2)) == (3, timedelta(hours=1))
    assert divmod(-span, timedelta(hours=2)) == (-4, timedelta(hours=1))
    assert (span // timedelta(hours=2), span % timedelta(hours=-2)) == (3, timedelta(hours=-1))
    assert span / timedelta(hours=2) == 3.5 and span / 2 == timedelta(hours=3.5) and span // 4 == timedelta(hours=1.75)
    assert [(timedelta(microseconds=n) / 2).microseconds for n in (1, 3, 5, 7)] == [0, 2, 2, 4]
    assert timedelta(microseconds=5) / 0.5 == timedelta(microseconds=10)
    assert timedelta(microseconds=7) * 0.5 == timedelta(microseconds=4) == 0.5 * timedelta(microseconds=7)
    assert timedelta(microseconds=-1) // 2 == timedelta(microseconds=-1)
    assert timedelta(microseconds=-1) // 10**30 == timedelta(microseconds=-1)
    assert timedelta(1) / 10**30 == timedelta(0) == timedelta(1) * 1e-300 == timedelta(1) / 1e300
    assert timedelta.max / timedelta.resolution == 86399999999999999999 / 1
    assert timedelta.max // timedelta.resolution == 86399999999999999999
    assert 3 * span == timedelta(hours=21) and abs(-span) == span == +span and -(-span) == span


def test_spans_that_are_none():
    large = "days=1000000000; must have magnitude <= 999999999"
    assert message(OverflowError, lambda: timedelta.max + timedelta.resolution) == large
    assert message(OverflowError, timedelta, 10**20) == "Python int too large to convert to C int"
    assert message(TypeError, timedelta, "1") == "unsupported type for timedelta days component: str"
    assert message(ValueError, timedelta, float("nan")) == "cannot convert float NaN to integer"
    for make in (lambda: timedelta(1) * 10**40, lambda: timedelta(1) * 1e300, lambda: timedelta(1) / 1e-300,
                 lambda: timedelta(float("inf")), lambda: timedelta(weeks=1e308), lambda: -timedelta.max * 2):
        raises(OverflowError, make)
    for make in (lambda: timedelta(1) / 0, lambda: timedelta(1) // 0, lambda: timedelta(1) / 0.0,
                 lambda: timedelta(1) % timedelta(0), lambda: divmod(timedelta(1), timedelta(0))):
        assert message(ZeroDivisionError, make) == "division by zero"
    raises(TypeError, lambda: timedelta(1) % 2)
    raises(TypeError, lambda: timedelta(1) < 1)


def test_iso_texts_are_read():
    moment = datetime(2024, 2, 29, 13, 5, 7, 120000)
    for text in ("2024-02-29T13:05:07.12", "20240229T130507,12", "2024-W09-4 13:05:07.120000", "2024W094x130507.1200009"):
        assert datetime.fromisoformat(text) == moment, text
    assert datetime.fromisoformat("2024-02-29") == datetime(2024, 2, 29)
    assert datetime.fromisoformat("2024-02-29T24:00") == datetime(2024, 3, 1)
    assert datetime.fromisoformat("2024-02-29\u20ac04Z") == datetime(2024, 2, 29, 4, tzinfo=UTC)
    assert datetime.fromisoformat("2024-02-29T04:00Z").tzinfo is UTC
    assert time.fromisoformat("T0405-01:30:15.5").utcoffset() == -timedelta(0, 5415, 500000)
    assert date.fromisoformat("2024W09") == date(2024, 2, 26)
    for text in ("", "2024", "2024-2-29", "2024-02-29T", "2024-02-29T1", "2024-02-29T13:0507", "2024-02-29T13:05Z1",
                 "2024-02-29T13:05+1", "2024-W54-1", "\uff12024-02-29", "2024-02-29T13:05:07."):
        if text != "2024-02-29T":
            assert message(ValueError, datetime.fromisoformat, text) == "Invalid isoformat string: " + repr(text)
    assert message(ValueError, datetime.fromisoformat, "2024-13-01") == "month must be in 1..12, not 13"
    assert message(ValueError, time.fromisoformat, "24:01").endswith("must be 0 when hour is 24")
    assert message(TypeError, date.fromisoformat, b"2024-02-29") == "fromisoformat: argument must be str"


def test_iso_texts_are_written():
    moment = datetime(2024, 2, 29, 13, 5, 7, 1200, timezone(timedelta(hours=-1, minutes=-30)))
    assert moment.isoformat() == "2024-02-29T13:05:07.001200-01:30"
    assert moment.isoformat(" ", "milliseconds") == "2024-02-29 13:05:07.001-01:30"
    assert moment.isoformat(sep="\u20ac", timespec="hours") == "2024-02-29\u20ac13-01:30"
    assert moment.isoformat("\ud800", "minutes") == "2024-02-29\ud80013:05-01:30"
    assert str(moment.replace(microsecond=0, tzinfo=None)) == "2024-02-29 13:05:07"
    assert time(4, 5, tzinfo=timezone(timedelta(0, 1, 2))).isoformat() == "04:05:00+00:00:01.000002"
    assert repr(moment) == ("datetime.datetime(2024, 2, 29, 13, 5, 7, 1200, "
                            "tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=81000)))")
    assert repr(time(1, fold=1)) == "datetime.time(1, 0, fold=1)"
    assert repr(datetime(1, 1, 1, fold=1, tzinfo=UTC)) == "datetime.datetime(1, 1, 1, 0, 0, fold=1, tzinfo=datetime.timezone.utc)"
    assert repr(time(1, fold=1, tzinfo=UTC)) == "datetime.time(1, 0, tzinfo=datetime.timezone.utc, fold=1)"
    assert message(ValueError, moment.isoformat, "T", "days") == "Unknown timespec value"


def test_strftime():
    moment = datetime(987, 2, 3, 4, 5, 6, 7, tzinfo=Eastern())
    assert moment.strftime("%Y-%m-%d %H:%M:%S.%f|%y %C %j %F %T") == "0987-02-03 04:05:06.000007|87 09 034 0987-02-03 04:05:06"
    assert moment.strftime("%z %:z %Z %%z %%") == "-0500 -05:00 E%T %z %"
    assert date(2024, 2, 29).strftime("%G-W%V-%u %z|%Z|%f") == "2024-W09-4 ||000000"
    assert time(1, 2, 3).strftime("%Y %H%M%S") == "1900 010203"
    assert date(2024, 2, 29).strftime("\0a%d\ud800%%\u20ac") == "\0a29\ud800%\u20ac"
    assert f"{date(2024, 2, 29):%d.%m.}" == "29.02." and f"{date(2024, 2, 29)}" == "2024-02-29"
    assert datetime.strptime("2024-02-29 01:02 +0130", "%Y-%m-%d %H:%M %z").utcoffset() == timedelta(hours=1.5)
    assert time.strptime("01:02", "%H:%M") == time(1, 2) and date.strptime("29.2.2024", "%d.%m.%Y") == date(2024, 2, 29)


def test_zones():
    one = timezone(timedelta(hours=1), "one")
    assert (str(one), repr(one)) == ("one", "datetime.timezone(datetime.timedelta(seconds=3600), 'one')")
    assert str(timezone(-timedelta(hours=1, seconds=2))) == "UTC-01:00:02" and repr(UTC) == "datetime.timezone.utc"
    assert one == timezone(timedelta(hours=1)) and hash(one) == hash(timezone(timedelta(hours=1)))
    assert timezone(timedelta(0)) is UTC and timezone(timedelta(0), "x") is not UTC
    assert "strictly between" in message(ValueError, timezone, timedelta(1))
    raises(TypeError, lambda: type("Sub", (timezone,), {}))
    here = datetime(2024, 2, 29, 12, tzinfo=UTC)
    assert here.astimezone(one) == here and here.astimezone(one).hour == 13
    assert datetime(2024, 2, 29, 12, tzinfo=one) - here == -timedelta(hours=1)
    assert here.utctimetuple()[:6] == (2024, 2, 29, 12, 0, 0) and here.timestamp() == 1709208000
    assert datetime.fromtimestamp(1709208000, UTC) == here
    assert datetime.fromtimestamp(-0.0000005, UTC) == datetime(1970, 1, 1, tzinfo=UTC)
    assert message(TypeError, lambda: here < datetime.min) == "can't compare offset-naive and offset-aware datetimes"
    assert here != here.replace(tzinfo=None)
    assert message(NotImplementedError, tzinfo().utcoffset, None) == "a tzinfo subclass must implement utcoffset()"

    class Wrong(tzinfo):
        def utcoffset(self, dt):
            return 1

    assert message(TypeError, datetime(1, 1, 1, tzinfo=Wrong()).utcoffset) == (
        "tzinfo.utcoffset() must return None or timedelta, not 'int'")


def test_folds():
    zone = Eastern()
    first = datetime(2024, 11, 1, 1, 30, tzinfo=zone)
    second = first.replace(fold=1)
    assert (first.utcoffset(), second.utcoffset()) == (-timedelta(hours=4), -timedelta(hours=5))
    assert first == second and hash(first) == hash(second)
    assert first.astimezone(UTC) != first and second.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=1)
    assert datetime(2024, 7, 1, 16, tzinfo=UTC).astimezone(zone).hour == 12
    assert datetime(2024, 7, 1, 12, tzinfo=zone) == datetime(2024, 7, 1, 16, tzinfo=UTC)
    assert hash(datetime(2024, 7, 1, 12, tzinfo=zone)) == hash(datetime(2024, 7, 1, 16, tzinfo=UTC))
    assert time(1, fold=1) == time(1) and hash(time(1, fold=1)) == hash(time(1))
    assert hash(time(3, tzinfo=timezone(timedelta(hours=2)))) == hash(time(1, tzinfo=UTC))
    assert (first + timedelta(0)).fold == second.timetz().fold - 1 == 0


def test_local_time_is_its_own_inverse():
    for seconds in (0, 86400, 1709208000, 1720000000.25):
        assert datetime.fromtimestamp(seconds).timestamp() == seconds
        assert datetime.fromtimestamp(seconds).astimezone(UTC) == datetime.fromtimestamp(seconds, UTC)
    assert abs(datetime.now(UTC) - datetime.now().astimezone()) < timedelta(minutes=1)
    assert date.today() in (datetime.now().date(), datetime.now().date() - timedelta(1))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert datetime.utcfromtimestamp(0) == datetime(1970, 1, 1)
        datetime.utcnow()
    assert [w.category for w in caught] == [DeprecationWarning] * 2
    raises(ValueError, datetime.fromtimestamp, float("nan"))
    raises(OverflowError, datetime.fromtimestamp, 1e300)


def test_pickles_are_the_same_bytes_everywhere():
    moment = datetime(2024, 2, 29, 13, 5, 7, 66051, UTC, fold=1)
    assert moment.__reduce_ex__(4) == (datetime, (b"\x07\xe8\x82\x1d\r\x05\x07\x01\x02\x03", UTC))
    assert moment.__reduce__()[1][0][2] == 2
    assert time(1, 2, 3, 4).__reduce__() == (time, (b"\x01\x02\x03\0\0\x04",))
    assert date(2024, 2, 29).__reduce__() == (date, (b"\x07\xe8\x02\x1d",))
    assert timedelta(1, 2, 3).__reduce__() == (timedelta, (1, 2, 3))
    assert UTC.__reduce__() == (timezone, (timedelta(0),), None)
    values = [moment, moment.time(), moment.timetz(), moment.date(), timedelta(-1, 5), UTC, timezone(timedelta(0), "x"),
              Moment(2024, 1, 1, tzinfo=UTC), Day(2024, 1, 1)]
    for value in values:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            back = pickle.loads(pickle.dumps(value, protocol))
            assert back == value and type(back) is type(value)
        assert copy.deepcopy(value) == value == copy.copy(value)
    assert pickle.loads(pickle.dumps(moment)).fold == 1 and pickle.loads(pickle.dumps(UTC)) is UTC
    assert pickle.dumps(date(2024, 2, 29), 2) == (
        b"\x80\x02cdatetime\ndate\nq\x00c_codecs\nencode\nq\x01X\x05\x00\x00\x00\x07\xc3\xa8\x02\x1dq\x02X\x06\x00\x00\x00"
        b"latin1q\x03\x86q\x04Rq\x05\x85q\x06Rq\x07.")
    assert date("\x07\xe8\x02\x1d") == date(2024, 2, 29)
    assert message(TypeError, time, b"\x01\x02\x03\0\0\x04", 1) == "bad tzinfo state arg"


def test_replace():
    moment = datetime(2024, 2, 29, 13, 5, 7, 1200)
    assert moment.replace(2020, 3, fold=1, tzinfo=UTC) == datetime(2020, 3, 29, 13, 5, 7, 1200, UTC)
    assert moment.replace(microsecond=0, second=1).time() == time(13, 5, 1)
    assert moment.date().replace(day=1) == date(2024, 2, 1) == moment.date().replace(2024, 2, 1)
    assert moment.time().replace(1, microsecond=2, fold=1).fold == 1
    raises(TypeError, moment.replace, 1, year=2)
    raises(TypeError, moment.replace, years=2)
    raises(TypeError, moment.replace, 1, 2, 3, 4, 5, 6, 7, None, 1)
    raises(TypeError, moment.time().replace, hour="1")
    assert message(ValueError, moment.date().replace, month=13) == "month must be in 1..12, not 13"
    assert message(ValueError, moment.replace, fold=2) == "fold must be either 0 or 1, not 2"


def test_names_of_zones_may_be_odd():
    class Name(str):
        def replace(self, *arguments):
            return None

    class Named(tzinfo):
        def __init__(self, name):
            self.name = name

        def tzname(self, dt):
            return self.name

        def dst(self, dt):
            return None

    raises(TypeError, datetime(1, 1, 1, tzinfo=Named(Name("x"))).strftime, "%Z")
    assert datetime(2024, 1, 1, tzinfo=Named("a\0%Y\ud800")).strftime("%Z%Y") == "a\0%Y\ud8002024"
    assert datetime(2024, 1, 1, tzinfo=Named(None)).strftime("<%Z>") == "<>"
    raises(TypeError, datetime(2024, 1, 1, tzinfo=Named(1)).tzname)


def test_subclasses():
    day = Day(2024, 2, 29)
    for other in (day + timedelta(1), day.replace(day=1), Day.fromordinal(5), Day.fromisoformat("2024-01-01"), Day.today()):
        assert type(other) is Day and other.note == "made"
    moment = Moment(2024, 2, 29, tzinfo=UTC)
    for other in (moment + timedelta(1), moment.replace(fold=1), moment.astimezone(Eastern()), Moment.now(),
                  Moment.combine(day, time(1))):
        assert type(other) is Moment
    assert copy.replace(moment, year=2020).year == 2020 and type(moment.date()) is date
    assert repr(moment).startswith("Moment(2024, 2, 29, 0, 0, tz")
    assert moment == datetime(2024, 2, 29, tzinfo=UTC) and isinstance(moment, date)
    raises(TypeError, date.__new__, datetime, 1, 1, 1)


def test_odd_states_do_no_harm():
    odd = datetime(b"\xff\xff\x0c\xff\xff\xff\xff\xff\xff\xff")
    for use in (repr, str, hash, datetime.isocalendar, datetime.timetuple, datetime.weekday, datetime.toordinal,
                lambda d: d.strftime("%c %j %G %Y"), lambda d: d - datetime.min, lambda d: d + timedelta(1),
                lambda d: d.timestamp(), lambda d: d.astimezone(), lambda d: d < datetime.max, datetime.ctime):
        try:
            use(odd)
        except (ValueError, OverflowError, OSError):
            pass


def test_zones_of_the_system():
    import zoneinfo

    assert zoneinfo.TZPATH and all(path.startswith("/") for path in zoneinfo.TZPATH)
    if any(os.path.exists(os.path.join(path, "Europe/Paris")) for path in zoneinfo.TZPATH):
        paris = zoneinfo.ZoneInfo("Europe/Paris")
        assert datetime(2026, 7, 1, 12, tzinfo=paris).astimezone(timezone.utc).hour == 10
        assert datetime(2026, 1, 1, 12, tzinfo=paris).utcoffset() == timedelta(hours=1)


if __name__ == "__main__":
    main(globals())
