"""Double-checked initialisation that publishes too early.

The first check is made without the lock, so it may see a configuration that is there but not yet filled.
"""

import threading


class Settings:
    def __init__(self):
        self.lock = threading.Lock()
        self.config = None
        self.seen = []

    def url(self):
        if self.config is None:
            with self.lock:
                if self.config is None:
                    self.config = {}
                    self.config["url"] = "http://localhost"
        self.seen.append(self.config.get("url"))


def setup():
    return Settings()


def threads(state):
    return [state.url, state.url]


def holds(state):
    return state.seen == ["http://localhost"] * 2
