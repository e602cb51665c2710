"""What a check raises, apart from AWS, so that an HTTP exchange loads nothing of it."""


class Failed(Exception):
    """Something is wrong: what was found, and one line of advice."""

    def __init__(self, found: str, advice: str) -> None:
        super().__init__(found)
        self.found, self.advice = found, advice
