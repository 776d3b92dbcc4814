"""json, pickle and copy: values there and back, options, errors, own classes, shared and recursive structures."""

import copy
import io
import json
import pickle

from _run import main, message, raises


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __eq__(self, other):
        return (self.x, self.y) == (other.x, other.y)


class Slotted:
    __slots__ = ("a", "b")


class Custom:
    def __init__(self, n):
        self.n = n

    def __reduce__(self):
        return Custom, (self.n + 1,)


class State:
    def __init__(self):
        self.data, self.cache = 1, "not kept"

    def __getstate__(self):
        return {"data": self.data}

    def __setstate__(self, state):
        self.__dict__.update(state, cache="made again")


def test_json_there_and_back():
    for value in (None, True, 0, -5, 10**30, 1.5, 1e100, -0.0, "", "é漢🐍\n\t\"\\/\x00", [], {}, [1, [2, {"a": None}]], {"k": {"l": [True]}}):
        assert json.loads(json.dumps(value)) == value
    assert json.dumps({"a": [1, 2.0, None, True, "é"]}) == '{"a": [1, 2.0, null, true, "\\u00e9"]}' and json.dumps("🐍") == '"\\ud83d\\udc0d"' and json.loads('"\\ud83d\\udc0d"') == "🐍"
    assert json.dumps({7: 1, None: 2, True: 3, 1.5: 4}) == '{"7": 1, "null": 2, "true": 3, "1.5": 4}' and json.dumps((1, 2)) == "[1, 2]" and json.loads(" [1 , 2 ] ") == [1, 2]


def test_json_options():
    assert json.dumps({"b": 1, "a": [1, {}]}, indent=2, sort_keys=True) == '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": 1\n}' and json.dumps([1, {"a": 2}], separators=(",", ":")) == '[1,{"a":2}]' and json.dumps("é", ensure_ascii=False) == '"é"'
    assert json.dumps({1, 2}, default=sorted) == "[1, 2]" and json.dumps({(1, 2): 3, "a": 1}, skipkeys=True) == '{"a": 1}' and json.loads("[1.5]", parse_float=str) == ["1.5"] and json.loads('{"a": 1}', object_pairs_hook=tuple) == (("a", 1),)
    assert json.loads("NaN") != json.loads("NaN") and json.dumps(float("inf")) == "Infinity"
    raises(ValueError, json.dumps, float("nan"), allow_nan=False)

    class Encoder(json.JSONEncoder):
        def default(self, o):
            return [o.x, o.y] if isinstance(o, Point) else super().default(o)

    assert json.dumps({"p": Point(1, 2)}, cls=Encoder) == '{"p": [1, 2]}'
    stream = io.StringIO()
    json.dump([1], stream)
    assert json.load(io.StringIO(stream.getvalue())) == [1] and json.loads(b"[1]") == [1]


def test_json_errors():
    e = raises(json.JSONDecodeError, json.loads, '{"a": 1,\n "b": }')
    assert (e.lineno, e.colno, e.pos) == (2, 7, 15) and e.msg == "Expecting value"
    for bad in ("", "[1,]", "{'a': 1}", '"\n"', "01", "1.", "tru", '{"a" 1}', "[1] 2", '"\\x"'):
        raises(ValueError, json.loads, bad)
    assert message(TypeError, json.dumps, object()).startswith("Object of type object is not JSON serializable")
    a = []
    a.append(a)
    assert message(ValueError, json.dumps, a) == "Circular reference detected"
    raises(RecursionError, json.loads, "[" * 100_000)


def test_pickle_every_protocol():
    values = [None, True, 5, -(2**70), 1.5, float("inf"), "é漢", b"\x00\xff", bytearray(b"x"), [1, [2]], (1,), (), {"a": {1, 2}}, frozenset([3]), 1 + 2j, range(5), slice(1, 2), Point(1, [2]), len, Point, ..., NotImplemented, ValueError("e", 1)]
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for value in values:
            back = pickle.loads(pickle.dumps(value, protocol))
            assert type(back) is type(value)
            if isinstance(value, Exception):
                assert back.args == value.args
            else:
                assert back == value, (protocol, value, back)


def test_pickle_own_classes():
    s = Slotted()
    s.a = 5
    assert pickle.loads(pickle.dumps(s)).a == 5 and pickle.loads(pickle.dumps(Custom(1))).n == 2 and pickle.loads(pickle.dumps(State())).cache == "made again"
    raises((pickle.PicklingError, AttributeError), pickle.dumps, lambda: 0)
    raises(TypeError, pickle.dumps, (x for x in []))


def test_pickle_shared_and_recursive():
    a = []
    a.append(a)
    b = pickle.loads(pickle.dumps(a))
    assert b[0] is b
    shared = [1]
    x, y = pickle.loads(pickle.dumps((shared, shared)))
    assert x is y
    p = Point(None, None)
    p.x = {"me": p}
    q = pickle.loads(pickle.dumps(p))
    assert q.x["me"] is q
    deep = []
    for _ in range(300):
        deep = [deep]
    assert pickle.loads(pickle.dumps(deep)) == deep


def test_pickle_streams_and_errors():
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream)
    pickler.dump(1)
    pickler.dump("two")
    stream.seek(0)
    assert pickle.load(stream) == 1 and pickle.load(stream) == "two"
    raises(EOFError, pickle.load, stream)
    for bad in (b"", b"garbage", b"\x80\x05", pickle.dumps([1, 2, 3])[:-2]):
        raises(Exception, pickle.loads, bad)

    class Persistent(pickle.Pickler):
        def persistent_id(self, o):
            return "the point" if isinstance(o, Point) else None

    class Back(pickle.Unpickler):
        def persistent_load(self, key):
            return key.upper()

    stream = io.BytesIO()
    Persistent(stream).dump([Point(1, 2)])
    stream.seek(0)
    assert Back(stream).load() == ["THE POINT"]


def test_copy():
    a = [1, [2, 3], Point(1, [4])]
    shallow, deep = copy.copy(a), copy.deepcopy(a)
    assert shallow == a and shallow[1] is a[1] and deep[1] == a[1] and deep[1] is not a[1] and deep[2].y is not a[2].y
    r = []
    r.append(r)
    assert copy.deepcopy(r)[0] is not r
    t = (1, "a")
    assert copy.copy(t) is t and copy.deepcopy(t) is t and copy.copy({1: 2}) == {1: 2}

    class C:
        def __deepcopy__(self, memo):
            return "deep"

    assert copy.deepcopy([C()]) == ["deep"] and copy.replace(Named(1, 2), a=5) == (5, 2)


from collections import namedtuple

Named = namedtuple("Named", "a b")


if __name__ == "__main__":
    main(globals())
