"""Train the Rasa model. Runs in the Rasa environment: ``python -m nlu.train OUT_FOLDER NAME``."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import yaml

from nlu.examples import DATA, ExamplesError, load_examples
from nlu.report import report

HERE = Path(__file__).resolve().parent


def main(out: str, name: str) -> int:
    """Train and store ``OUT/NAME.tar.gz``. Returns the exit code."""
    try:
        examples = load_examples(DATA)
    except ExamplesError as error:
        report(error=str(error))
        return 2
    topics = len({e.topic for e in examples})
    report(step="load", examples=len(examples), topics=topics)
    with tempfile.TemporaryDirectory() as folder:
        # Rasa would keep a cache beside the code; ours is the model's fingerprint.
        os.environ["RASA_CACHE_DIRECTORY"] = str(Path(folder) / "cache")
        import rasa.model_training

        data = Path(folder) / "nlu.yml"
        blocks = [
            {
                "intent": topic,
                "examples": "".join(f"- {e.text}\n" for e in examples if e.topic == topic),
            }
            for topic in sorted({e.topic for e in examples})
        ]
        text = yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True, width=10_000)
        data.write_text(text, encoding="utf-8")
        report(step="fit", examples=len(examples), topics=topics)
        made = rasa.model_training.train_nlu(
            config=str(HERE / "config.yml"), nlu_data=str(data), output=out, fixed_model_name=name
        )
    if not made:
        report(error="Rasa made no model; its messages stand above")
        return 1
    report(step="done", file=Path(made).name)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
