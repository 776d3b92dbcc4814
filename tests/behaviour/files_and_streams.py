"""Files and streams: text and binary, seeking, line endings, encodings, StringIO and BytesIO, paths, temporary files."""

import io
import os
import pathlib
import tempfile

from _run import main, message, raises


class Folder:
    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        return pathlib.Path(self.folder.name)

    def __exit__(self, *error):
        self.folder.cleanup()


def test_text_files():
    with Folder() as folder:
        path = folder / "a.txt"
        with open(path, "w", encoding="utf-8") as f:
            assert f.write("one\ntwo é\n") == 10 and f.writable() and not f.readable()
            print("three", 3, sep="-", end="!", file=f)
        with open(path, encoding="utf-8") as f:
            assert f.read() == "one\ntwo é\nthree-3!" and f.read() == "" and f.closed is False
        assert f.closed
        with open(path, encoding="utf-8") as f:
            assert f.readline() == "one\n" and f.readlines() == ["two é\n", "three-3!"]
            f.seek(0)
            assert [line.rstrip() for line in f] == ["one", "two é", "three-3!"]
        with open(path, "a", encoding="utf-8") as f:
            f.writelines(["\nx", "y"])
        assert path.read_text(encoding="utf-8").endswith("3!\nxy")
        raises(ValueError, f.write, "closed")
        raises(FileExistsError, open, path, "x")
        raises(UnicodeDecodeError, lambda: open(path, encoding="ascii").read())
        raises(io.UnsupportedOperation, lambda: open(path).write("x"))


def test_line_endings():
    with Folder() as folder:
        path = folder / "lines"
        path.write_bytes(b"a\r\nb\rc\n")
        assert open(path).read() == "a\nb\nc\n" and open(path, newline="").read() == "a\r\nb\rc\n" and list(open(path, newline="\r")) == ["a\r", "\nb\r", "c\n"]
        with open(path, "w", newline="\r\n") as f:
            f.write("x\ny\n")
        assert path.read_bytes() == b"x\r\ny\r\n"


def test_binary_files():
    with Folder() as folder:
        path = folder / "b"
        with open(path, "wb") as f:
            f.write(bytes(range(256)) * 100)
            assert f.tell() == 25600
        with open(path, "r+b") as f:
            f.seek(10)
            assert f.read(3) == b"\x0a\x0b\x0c" and f.seek(-2, os.SEEK_END) == 25598 and f.read() == b"\xfe\xff"
            f.seek(0)
            f.write(b"AB")
            f.seek(0)
            buffer = bytearray(4)
            assert f.readinto(buffer) == 4 and buffer == b"AB\x02\x03"
            f.truncate(100)
        assert path.stat().st_size == 100
        with open(path, "rb", buffering=0) as raw:
            assert isinstance(raw, io.RawIOBase) and raw.read(2) == b"AB"


def test_memory_streams():
    s = io.StringIO("a\nb\n")
    assert s.readline() == "a\n" and s.read() == "b\n"
    s.write("c")
    s.seek(0)
    assert s.getvalue() == "a\nb\nc" and list(s) == ["a\n", "b\n", "c"]
    b = io.BytesIO()
    b.write(b"12345")
    b.seek(1)
    b.write(b"X")
    assert b.getvalue() == b"1X345" and bytes(b.getbuffer()) == b"1X345" and b.read(2) == b"34"
    wrapped = io.TextIOWrapper(io.BytesIO("é\n漢".encode()), encoding="utf-8")
    assert wrapped.readline() == "é\n" and wrapped.read() == "漢"
    reader = io.BufferedReader(io.BytesIO(b"abcdef"), 3)
    assert reader.peek(1)[:1] == b"a" and reader.read(4) == b"abcd"


def test_print():
    class Pieces:
        def __init__(self):
            self.all = []

        def write(self, text):
            self.all.append(text)

    pieces = Pieces()
    print("a", 1, sep="-", file=pieces)
    assert pieces.all == ["a", "-", "1", "\n"]

    class Broken:
        def __str__(self):
            raise ValueError("no text")

    memory = io.StringIO()
    try:
        print("before", Broken(), file=memory)
    except ValueError as e:
        assert str(e) == "no text" and memory.getvalue() == "before "
    print(end="|", file=memory)
    print("é", None, 2.5, end="", file=memory, flush=True)
    assert memory.getvalue() == "before |é None 2.5"
    universal = io.StringIO(newline=None)
    print("a\r", file=universal)
    assert universal.getvalue() == "a\n\n"
    try:
        print(1, other="")
    except TypeError as e:
        assert str(e) == "print() got an unexpected keyword argument 'other'"


def test_paths():
    p = pathlib.PurePosixPath("/a/b/c.tar.gz")
    assert (p.name, p.stem, p.suffix, p.suffixes, str(p.parent), p.parts) == ("c.tar.gz", "c.tar", ".gz", [".tar", ".gz"], "/a/b", ("/", "a", "b", "c.tar.gz"))
    assert str(p.with_suffix(".zip")) == "/a/b/c.tar.zip" and p.relative_to("/a") == pathlib.PurePosixPath("b/c.tar.gz") and p / "../d" == pathlib.PurePosixPath("/a/b/c.tar.gz/../d")
    assert os.path.join("a", "/b") == "/b" and os.path.splitext("x.py") == ("x", ".py") and os.path.normpath("a//b/../c") == "a/c" and os.path.basename("/a/b") == "b"
    with Folder() as folder:
        (folder / "d" / "e").mkdir(parents=True)
        (folder / "d" / "f.py").write_text("x")
        (folder / "d" / "e" / "g.py").touch()
        assert sorted(x.name for x in folder.rglob("*.py")) == ["f.py", "g.py"] and [x.name for x in (folder / "d").glob("*.py")] == ["f.py"]
        assert sorted(os.listdir(folder / "d")) == ["e", "f.py"] and (folder / "d").is_dir() and (folder / "d/f.py").is_file() and not (folder / "z").exists()
        (folder / "d/f.py").rename(folder / "moved")
        os.symlink("moved", folder / "link")
        assert (folder / "link").read_text() == "x" and (folder / "link").is_symlink() and os.readlink(folder / "link") == "moved"
        assert [(len(d), len(f)) for _, d, f in os.walk(folder / "d")] == [(1, 0), (0, 1)]
        raises(FileNotFoundError, (folder / "nope").unlink)
        raises(OSError, os.rmdir, folder / "d")
        raises(IsADirectoryError, open, folder)


def test_descriptors():
    r, w = os.pipe()
    assert os.write(w, b"through") == 7
    os.close(w)
    with os.fdopen(r, "rb") as f:
        assert f.read() == b"through"
    raises(OSError, os.close, r)
    assert raises(OSError, os.read, 10**6, 1).errno == 9


def test_temporary_files():
    with tempfile.TemporaryFile("w+") as f:
        f.write("x")
        f.seek(0)
        assert f.read() == "x"
    with tempfile.NamedTemporaryFile() as f:
        assert os.path.exists(f.name)
    assert not os.path.exists(f.name)


def test_environment():
    os.environ["OROCHI_TEST"] = "é"
    assert os.getenv("OROCHI_TEST") == "é" and "OROCHI_TEST" in os.environ
    del os.environ["OROCHI_TEST"]
    assert os.environ.get("OROCHI_TEST", "gone") == "gone" and os.getpid() > 0 and os.path.isabs(os.getcwd())


def test_csv_and_config():
    import configparser
    import csv

    out = io.StringIO()
    csv.writer(out).writerows([["a", 'q"q'], ["b,c", 1]])
    assert out.getvalue() == 'a,"q""q"\r\n"b,c",1\r\n' and list(csv.reader(io.StringIO(out.getvalue()))) == [["a", 'q"q'], ["b,c", "1"]]
    assert list(csv.DictReader(io.StringIO("x,y\n1,2\n"))) == [{"x": "1", "y": "2"}]
    config = configparser.ConfigParser()
    config.read_string("[s]\nkey = 5\n")
    assert config.getint("s", "key") == 5


if __name__ == "__main__":
    main(globals())
