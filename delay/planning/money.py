"""Amounts of money."""


def dollars(usd: float) -> str:
    """Write an amount in US dollars."""
    return f"{'-' if usd < 0 else ''}${abs(usd):,.2f}"
