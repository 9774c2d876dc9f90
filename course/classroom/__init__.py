"""The classroom: what students get, and what comes back."""
