"""How often PyYAML's own emitter and libyaml's write a document differently (ADR-0010)."""
import random

import yaml

numbers = random.Random(1)
POOLS = [
    "abc xyz 019_.-:#'\"!{}[]&*?|<>=%@`~,\\",
    "é\u0301日本\U0001F600\u2028\u0085\ufeff\t\n\x07 a:-",
    "yesnotrufalse0123456789e.+-:_xo~ ",
]
SCALARS = [1, -5, 2**70, True, None, 1.5, 1e300, float("inf")]


def text():
    pool = numbers.choice(POOLS)
    length = numbers.choice([0, 1, 2, 3, 5, 8, 20, 60, 100, 150])
    return "".join(numbers.choice(pool) for _ in range(length))


def value(depth=0):
    kind = numbers.randrange(8 if depth < 3 else 6)
    if kind < 4:
        return text()
    if kind == 4:
        return numbers.choice(SCALARS)
    if kind == 5:
        return numbers.choice([{}, []])
    if kind == 6:
        return [value(depth + 1) for _ in range(numbers.randrange(4))]
    return {text(): value(depth + 1) for _ in range(numbers.randrange(4))}


different = short = 0
COUNT = 20_000
for _ in range(COUNT):
    document = {"user": {text()[:30] if numbers.random() < 0.9 else text(): value() for _ in range(3)}}
    ours = yaml.dump(document)
    if ours != yaml.dump(document, Dumper=yaml.CDumper):
        different += 1
        short += max(map(len, ours.split("\n"))) < 70
print(f"of {COUNT} documents {different} differ; {short} of them have short lines only")
