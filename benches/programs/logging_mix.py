"""logging: loggers in a tree, a handler that formats into memory, filters, levels that are off."""

import io
import logging

from _rounds import run


class Even(logging.Filter):
    def filter(self, record):
        return record.args is None or not record.args or record.args[0] % 2 == 0


def work(times):
    stream = io.StringIO()
    root = logging.Logger("orochi.bench")
    manager = logging.Manager(root)
    logger = manager.getLogger("heads.first")
    logger.setLevel(logging.INFO)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)-8s %(name)s: %(message)s"))
    handler.addFilter(Even())
    root.addHandler(handler)
    for i in range(times):
        logger.info("head %d of %d awake", i, 8)
        logger.debug("not written %s", i)
        logger.debug("not written either")
        if i % 20 == 0:
            try:
                raise ValueError(i)
            except ValueError as error:
                logger.warning("caught %d: %s", i, error)
    text = stream.getvalue()
    return len(text), text.count("\n")


if __name__ == "__main__":
    run(work, 50_000)
