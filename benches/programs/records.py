"""Dataclasses, enums, match statements and isinstance: an evaluator of small expressions over an event stream."""

from dataclasses import dataclass, field, replace
from enum import Enum

from _rounds import run


class Kind(Enum):
    DEPOSIT = "deposit"
    WITHDRAW = "withdraw"
    CLOSE = "close"


@dataclass(frozen=True, order=True)
class Event:
    when: int
    kind: Kind = field(compare=False)
    amount: int = 0


@dataclass
class Account:
    name: str
    balance: int = 0
    events: list = field(default_factory=list)

    def apply(self, event):
        match event:
            case Event(kind=Kind.DEPOSIT, amount=amount):
                self.balance += amount
            case Event(kind=Kind.WITHDRAW, amount=amount) if amount <= self.balance:
                self.balance -= amount
            case Event(kind=Kind.WITHDRAW):
                self.balance = 0
            case _:
                self.events.clear()
        self.events.append(event)


def evaluate(node):
    match node:
        case int() | float():
            return node
        case ("+", left, right):
            return evaluate(left) + evaluate(right)
        case ("*", left, right):
            return evaluate(left) * evaluate(right)
        case ("neg", inner):
            return -evaluate(inner)
        case {"let": value}:
            return evaluate(value)
    raise TypeError(node)


def work(times):
    kinds = list(Kind)
    accounts = [Account(f"a{i}") for i in range(10)]
    total = 0
    for i in range(times):
        event = Event(i, kinds[i * 7 % 3 if i % 50 else 2], i % 97)
        accounts[i % 10].apply(event)
        if i % 5 == 0:
            total += replace(event, amount=1).amount
    tree = ("+", 1, ("*", ("neg", 3), ("+", {"let": 4}, ("*", 2, 5))))
    for i in range(times // 3):
        total += evaluate(tree)
    latest = [account.events for account in accounts]
    for events in latest:
        total += max(events).when + sum(isinstance(event.kind, Kind) for event in events)
    return total, sum(account.balance for account in accounts)


if __name__ == "__main__":
    run(work, 180_000)
