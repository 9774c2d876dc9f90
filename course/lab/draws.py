"""Random numbers of the lab's own: a program that replaces the methods of `random.Random` does not choose schedules."""

import _random
import random
from types import FunctionType


class Draws(random.Random):
    """`random.Random` as it was when the lab was imported; the same seed gives the same numbers."""

    random = _random.Random.random
    getrandbits = _random.Random.getrandbits


for _name, _function in list(vars(random.Random).items()):
    if type(_function) is FunctionType:
        setattr(Draws, _name, _function)
