"""How time and memory of the matching engine grow with the number of generated results."""

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from matching import Document, Engine
from matching.lists import dictionary, synonyms

SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "10000,100000,1000000").split(",")]
WORDS_IN_TITLE, WORDS_IN_TEXT = 5, 40


def generate(count: int, seed: int = 7) -> Iterator[Document]:
    """Repeatable results: words drawn as unevenly as in real texts, with characters no list holds among them."""
    chance = random.Random(seed)
    known = [word for word in {*dictionary(), *synonyms()} if not word.isascii()]
    signs = [chr(0x4E00 + place) for place in range(3000)]
    common = [1 / (place + 30) for place in range(len(signs))]
    made = ["".join(chance.choices(signs, common, k=2)) for _ in range(12_000)]
    words = sorted(known) + made
    weights = [1 / (place + 10) for place in range(len(words))]
    for first in range(0, count, 1000):
        drawn = iter(chance.choices(words, weights, k=1000 * (WORDS_IN_TITLE + WORDS_IN_TEXT)))
        for number in range(first, min(first + 1000, count)):
            title = "".join(next(drawn) for _ in range(WORDS_IN_TITLE))
            yield Document(f"r{number}", title, "，".join(next(drawn) for _ in range(WORDS_IN_TEXT)))


def measure(count: int) -> dict[str, float]:
    """One size in a process of its own, so that the peak of memory is its own."""
    start = time.process_time()
    engine = Engine().fit(generate(count))
    fitted = time.process_time() - start
    times = []
    for query in generate(40, seed=8):
        start = time.process_time()
        engine.rank(query, 20)
        times.append((time.process_time() - start) * 1000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"fit": fitted, "rank": statistics.median(times), "peak": peak}


def main() -> int:
    """Print the curve."""
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]))))
        return 0
    print("\n## Growth with the number of results (generated; processor time)\n")
    print("| results | fit | microseconds a result | one query, top 20 with reasons | peak memory | a result |")
    print("|---|---|---|---|---|---|")
    for size in SIZES:
        done = subprocess.run([sys.executable, __file__, str(size)], capture_output=True, text=True, check=True)
        got = json.loads(done.stdout)
        print(
            f"| {size:,} | {got['fit']:.1f} s | {got['fit'] / size * 1e6:.0f} | {got['rank']:.1f} ms "
            f"| {got['peak']:,.0f} MB | {got['peak'] / size * 1024:.1f} kB |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
