"""Attributes and methods: an operating system's scheduler in miniature.

Tasks of five kinds pass packets to each other through inboxes; the kernel picks the ready task of the highest
priority and lets it do one step. All state is in instance attributes, all behaviour in overridden methods.
"""

from _rounds import run


class Packet:
    def __init__(self, kind, sender, payload):
        self.kind = kind
        self.sender = sender
        self.payload = payload
        self.hops = 0
        self.next = None


class Inbox:
    def __init__(self):
        self.first = None
        self.last = None
        self.length = 0

    def put(self, packet):
        packet.next = None
        if self.last is None:
            self.first = packet
        else:
            self.last.next = packet
        self.last = packet
        self.length += 1

    def take(self):
        packet = self.first
        self.first = packet.next
        if self.first is None:
            self.last = None
        self.length -= 1
        packet.next = None
        return packet

    def is_empty(self):
        return self.first is None


class Task:
    def __init__(self, kernel, name, priority):
        self.kernel = kernel
        self.name = name
        self.priority = priority
        self.inbox = Inbox()
        self.blocked = False
        self.steps = 0
        kernel.add(self)

    def is_ready(self):
        return not self.blocked and not self.inbox.is_empty()

    def step(self):
        self.steps += 1
        packet = self.inbox.take()
        packet.hops += 1
        self.handle(packet)

    def handle(self, packet):
        raise NotImplementedError

    def send(self, name, packet):
        self.kernel.deliver(name, packet)


class Idle(Task):
    def __init__(self, kernel, name, priority, budget):
        super().__init__(kernel, name, priority)
        self.budget = budget
        self.seed = 1

    def is_ready(self):
        return self.budget > 0

    def step(self):
        self.steps += 1
        self.budget -= 1
        self.seed = (self.seed * 1103515245 + 12345) & 0x7FFFFFFF
        if self.seed & 64:
            self.kernel.release("disk")
        else:
            self.kernel.release("network")


class Worker(Task):
    def handle(self, packet):
        packet.payload = (packet.payload * 31 + self.steps) % 65521
        target = "disk" if packet.payload & 1 else "network"
        self.send(target, packet)


class Device(Task):
    def __init__(self, kernel, name, priority):
        super().__init__(kernel, name, priority)
        self.waiting = None
        self.served = 0

    def handle(self, packet):
        self.waiting = packet
        self.blocked = True

    def release(self):
        self.blocked = False
        if self.waiting is not None:
            packet, self.waiting = self.waiting, None
            self.served += 1
            self.send("handler", packet)


class Handler(Task):
    def __init__(self, kernel, name, priority):
        super().__init__(kernel, name, priority)
        self.sum = 0

    def handle(self, packet):
        self.sum = (self.sum + packet.payload * packet.hops) % 1_000_003
        self.send("worker", packet)


class Kernel:
    def __init__(self):
        self.tasks = []
        self.by_name = {}
        self.switches = 0
        self.current = None

    def add(self, task):
        self.tasks.append(task)
        self.tasks.sort(key=lambda each: -each.priority)
        self.by_name[task.name] = task

    def deliver(self, name, packet):
        self.by_name[name].inbox.put(packet)

    def release(self, name):
        self.by_name[name].release()

    def pick(self):
        for task in self.tasks:
            if task.is_ready():
                return task
        return None

    def run(self):
        while True:
            task = self.pick()
            if task is None:
                return
            if task is not self.current:
                self.switches += 1
                self.current = task
            task.step()


def work(budget):
    kernel = Kernel()
    Idle(kernel, "idle", 0, budget)
    worker = Worker(kernel, "worker", 10)
    handler = Handler(kernel, "handler", 20)
    disk = Device(kernel, "disk", 40)
    network = Device(kernel, "network", 50)
    for i in range(12):
        worker.inbox.put(Packet(i % 3, worker, i * 7 + 1))
    kernel.run()
    return kernel.switches, handler.sum, disk.served, network.served, worker.steps


if __name__ == "__main__":
    run(work, 100_000)
