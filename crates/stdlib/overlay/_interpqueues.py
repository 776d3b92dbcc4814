"""Queues between interpreters. What is put in comes out by reference if it is immutable, else as a copy made by pickle."""

import collections
import itertools
import pickle

import _thread
from _interpreters import NotShareableError, is_shareable


class QueueError(RuntimeError):
    """Indicates that a queue-related error happened."""


class QueueNotFoundError(QueueError):
    """An interpreter queue was not found"""


_lock = _thread.allocate_lock()
_ids = itertools.count(1)
_queues = {}
_kinds = {}


class _Queue:
    def __init__(self, maxsize, defaults):
        self.maxsize = maxsize
        self.defaults = defaults
        self.items = collections.deque()
        self.users = 0


def _register_heap_types(queue, empty, full):
    _kinds.update(queue=queue, empty=empty, full=full)


def _find(qid):
    if not isinstance(qid, int):
        raise TypeError(f"queue ID must be an int, got {type(qid).__name__}")
    try:
        return _queues[qid]
    except KeyError:
        raise QueueNotFoundError(f"queue {qid} not found") from None


def create(maxsize, unboundop=-1, fallback=-1):
    """Make a queue; its id."""
    with _lock:
        qid = next(_ids)
        _queues[qid] = _Queue(maxsize, (unboundop, fallback))
        return qid


def destroy(qid):
    """Remove a queue and what is in it."""
    with _lock:
        _find(qid)
        gone = _queues.pop(qid)
    del gone


def list_all():
    """Ids and defaults of all queues."""
    with _lock:
        return [(qid, *queue.defaults) for qid, queue in _queues.items()]


def _pack(obj):
    queue = _kinds.get("queue")
    if is_shareable(obj) or (queue is not None and type(obj) is queue):
        return False, obj
    try:
        return True, pickle.dumps(obj)
    except Exception as error:
        raise NotShareableError("object could not be pickled") from error


def put(qid, obj, unboundop=-1, fallback=-1):
    """Add an object at the end."""
    packed = _pack(obj)
    with _lock:
        queue = _find(qid)
        if 0 < queue.maxsize <= len(queue.items):
            raise _kinds["full"](f"queue {qid} is full")
        queue.items.append(packed)


def get(qid):
    """Take the first object; with it, what is to be done when its interpreter has ended: it has not."""
    with _lock:
        queue = _find(qid)
        if not queue.items:
            raise _kinds["empty"](f"queue {qid} is empty")
        pickled, obj = queue.items.popleft()
    return (pickle.loads(obj) if pickled else obj), None


def bind(qid):
    """Note one more user of a queue."""
    with _lock:
        _find(qid).users += 1


def release(qid):
    """Note one user less; the queue goes with the last."""
    with _lock:
        queue = _find(qid)
        if queue.users == 0:
            raise QueueError(f"queue {qid} not bound")
        queue.users -= 1
        gone = _queues.pop(qid) if queue.users == 0 else None
    del gone


def get_maxsize(qid):
    """The most objects that the queue holds; 0 or less: no limit."""
    with _lock:
        return _find(qid).maxsize


def get_queue_defaults(qid):
    """What create() was told."""
    with _lock:
        return _find(qid).defaults


def is_full(qid):
    """Whether put() would fail."""
    with _lock:
        queue = _find(qid)
        return 0 < queue.maxsize <= len(queue.items)


def get_count(qid):
    """How many objects are in the queue."""
    with _lock:
        return len(_find(qid).items)
