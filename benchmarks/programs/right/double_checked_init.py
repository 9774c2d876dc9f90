"""Double-checked initialisation, repaired.

The configuration is filled first and published last.
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
                    config = {}
                    config["url"] = "http://localhost"
                    self.config = config
        self.seen.append(self.config.get("url"))


def setup():
    return Settings()


def threads(state):
    return [state.url, state.url]


def holds(state):
    return state.seen == ["http://localhost"] * 2
