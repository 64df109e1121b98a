"""Train the Rasa model. Runs in the Rasa environment: ``python -m nlu.train OUT_FOLDER NAME``."""

from __future__ import annotations

import gc
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


class _Block(str):
    """Text written as a literal block: Rasa reads it sooner than a quoted text."""


class _Dumper(yaml.SafeDumper):
    """Writes blocks as such."""


_Dumper.add_representer(
    _Block, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
)


def main(out: str, name: str) -> int:
    """Train and store ``OUT/NAME.tar.gz``. Returns the exit code."""
    # A process of three minutes whose objects live till its end: looking for dead ones among the
    # hundreds of thousands of examples takes a quarter of Rasa's loading and finds none.
    gc.disable()
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
                "examples": _Block("".join(f"- {e.text}\n" for e in examples if e.topic == topic)),
            }
            for topic in sorted({e.topic for e in examples})
        ]
        text = yaml.dump({"version": "3.1", "nlu": blocks}, Dumper=_Dumper, allow_unicode=True)
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
