"""Random numbers of the lab's own: a program that replaces the methods of `random.Random` does not choose schedules."""

import _random
import random
from types import FunctionType

# For who asks for `random()` only: the same numbers as those of `Draws` with the same seed, made in half the time.
Floats = _random.Random


class Draws(random.Random):
    """`random.Random` as it was when the lab was imported; the same seed gives the same numbers."""

    random = _random.Random.random
    getrandbits = _random.Random.getrandbits


for _name, _function in list(vars(random.Random).items()):
    if type(_function) is FunctionType:
        setattr(Draws, _name, _function)
