"""`_datetime`: the library's Python implementation under the name of CPython's compiled one.

There is no compiled `_datetime`; programs that import the module by this name find the same classes.
"""

from _pydatetime import (
    MAXYEAR,
    MINYEAR,
    UTC,
    date,
    datetime,
    time,
    timedelta,
    timezone,
    tzinfo,
)
