"""Numbers as people read them: three digits and a unit."""


def _scaled(value: float, units: list[tuple[float, str]]) -> str:
    for factor, unit in units:
        if value >= factor or factor == units[-1][0]:
            return f"{value / factor:#.3g}".rstrip(".") + unit
    raise ValueError("no units")


def rate(value: float) -> str:
    return _scaled(value, [(1e6, " M/s"), (1e3, " k/s"), (1, " /s")])


def seconds(value: float) -> str:
    return _scaled(value, [(1, " s"), (1e-3, " ms"), (1e-6, " us")])


def microseconds(value: float) -> str:
    return seconds(value / 1e6)


def size(value: float) -> str:
    return _scaled(value, [(1 << 20, " MiB"), (1 << 10, " KiB"), (1, " B")])


def nanoseconds(value: float) -> str:
    return f"{value:#.3g}".rstrip(".") if value < 1000 else f"{value:,.0f}"
