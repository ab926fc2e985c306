"""Puts the table into docs/benchmarks.md, between its two marks."""

import pathlib

BEGIN = "<!-- bench: begin -->"
END = "<!-- bench: end -->"


def fill(page: pathlib.Path, table: str) -> None:
    text = page.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise RuntimeError(f"{page} has not the marks {BEGIN} and {END} once each, in this order")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")
