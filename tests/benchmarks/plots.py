"""Small line plots as SVG for the documentation: axes, points, lines, no library."""

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path

from matching.evaluate import Interval

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 360, 64, 24, 176, 48
COLOURS = ("#0b6e4f", "#b3541e", "#3d5a98")
Point = tuple[float, float]


class Plot:
    """One plot: x and y in data units, lines drawn one after another, a key at the right."""

    def __init__(self, title: str, x_axis: tuple[str, Sequence[Point]], y_axis: tuple[str, float, float]) -> None:
        self.rows = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif" font-size="12">',
            f'<title>{escape(title)}</title><rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        ]
        self.low, self.high = y_axis[1], y_axis[2]
        self.lines = 0
        for step in range(6):
            value = self.low + (self.high - self.low) * step / 5
            y = self.y(value)
            self.rows.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>')
            self.text(LEFT - 6, y + 4, f"{value:.2f}", "end")
        for place, label in x_axis[1]:
            self.text(self.x(place), HEIGHT - BOTTOM + 18, f"{label:g}", "middle")
        self.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x_axis[0], "middle")
        self.text(LEFT, TOP - 8, y_axis[0], "start")

    def x(self, part: float) -> float:
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (value - self.low) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)

    def text(self, x: float, y: float, words: str, anchor: str, colour: str = "#333333") -> None:
        self.rows.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>')

    def line(self, name: str, points: Sequence[Point], whiskers: Sequence[Point] = ()) -> None:
        """Points with x as a part of the axis; whiskers are the ends of the interval at each."""
        colour = COLOURS[self.lines % len(COLOURS)]
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        self.rows.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for (x, y), ends in zip(points, whiskers or [(y, y) for _, y in points], strict=True):
            at = self.x(x)
            self.rows.append(f'<circle cx="{at:.1f}" cy="{self.y(y):.1f}" r="3.5" fill="{colour}"/>')
            self.rows.append(
                f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{self.y(ends[0]):.1f}" y2="{self.y(ends[1]):.1f}" stroke="{colour}"/>'
            )
        self.text(WIDTH - RIGHT + 12, TOP + 16 + 20 * self.lines, name, "start", colour)
        self.lines += 1

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([*self.rows, "</svg>"]) + "\n", encoding="utf-8")


def learning_curve(folder: Path, lines: Mapping[str, Sequence[tuple[float, Interval]]]) -> None:
    """Quality of grades by the number of verdicts, on a logarithmic axis that begins with none."""
    counts = [count for count, _ in next(iter(lines.values()))]
    place: Callable[[float], float] = lambda n: math.log10(1 + n / 10) / math.log10(1 + max(counts) / 10)  # noqa: E731
    plot = Plot("Learning curve", ("verdicts", [(place(n), n) for n in counts]), ("1 / (1 + mean error of grades)", 0.6, 0.8))
    for name, line in lines.items():
        plot.line(name, [(place(n), i.mean) for n, i in line], [(i.low, i.high) for _, i in line])
    plot.save(folder / "matching-learning.svg")


def reliability(folder: Path, lines: Mapping[str, Sequence[tuple[float, float, int]]]) -> None:
    """What was foretold against what people found; on the diagonal a promise is kept."""
    ticks = [(part / 5, part / 5) for part in range(6)]
    plot = Plot("Reliability of grades", ("foretold", ticks), ("found", 0.0, 1.0))
    plot.line("kept to the letter", [(0, 0), (1, 1)])
    for name, line in lines.items():
        plot.line(name, [(told, found) for told, found, _ in line])
    plot.save(folder / "matching-reliability.svg")
