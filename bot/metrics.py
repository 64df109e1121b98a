"""What is counted. Labels come from closed lists: never a person, a word or a place."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()

REPLIES = Counter(
    "antam_replies_total", "Replies by channel, topic and what found them.",
    ["channel", "topic", "source"], registry=REGISTRY,
)  # fmt: skip
DANGER = Counter(
    "antam_danger_total", "Danger replies by kind.", ["channel", "kind"], registry=REGISTRY
)
FAILURES = Counter("antam_failures_total", "Turns that broke inside.", registry=REGISTRY)
REPLY_SECONDS = Histogram(
    "antam_reply_seconds", "Time from inbound to reply.", registry=REGISTRY,
    buckets=(0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56),
)  # fmt: skip
NLU_READY = Gauge("antam_nlu_ready", "1 while the model answers.", registry=REGISTRY)
OUTCOMES = Counter(
    "antam_sent_total", "Messages handed to a platform, by outcome.",
    ["channel", "outcome"], registry=REGISTRY,
)  # fmt: skip


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)
