"""pickle: dumps and loads of records, of class instances, of shared and recursive structures; copy.deepcopy beside it."""

import copy
import pickle

from _rounds import run


class Node:
    def __init__(self, name, weight):
        self.name = name
        self.weight = weight
        self.links = []

    def __eq__(self, other):
        return (self.name, self.weight, len(self.links)) == (other.name, other.weight, len(other.links))


def graph(count):
    nodes = [Node(f"node {i}", i * 0.25) for i in range(count)]
    for i, node in enumerate(nodes):
        node.links = [nodes[i * 7 % count], nodes[i * 3 % count], node]
    return nodes


RECORDS = [
    {"id": i, "pair": (i, -i), "name": f"n{i}", "data": bytes([i % 256]) * 9, "set": {i, i + 1}, "big": 1 << (i % 90)}
    for i in range(900)
]
NODES = graph(300)


def work(times):
    total = 0
    for _ in range(times):
        data = pickle.dumps(RECORDS, protocol=5)
        assert pickle.loads(data) == RECORDS
        nodes = pickle.loads(pickle.dumps(NODES, protocol=4))
        assert nodes == NODES and nodes[7].links[2] is nodes[7]
        total += len(nodes) + sum(len(node.links) for node in nodes)
        total += len(pickle.loads(pickle.dumps(list(range(4_000)), protocol=2)))
    copied = copy.deepcopy(RECORDS[:500])
    assert copied == RECORDS[:500] and copied[0] is not RECORDS[0]
    return total + len(copied)


if __name__ == "__main__":
    run(work, 150)
