"""Rasa's own HTTP server, started so that it tells nobody anything and outlives nobody.

Runs in the Rasa environment: ``python -m nlu.serve MODEL HOST PORT`` with the token in
ANTAM_NLU_TOKEN (an argument would show in the list of processes).
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
# At DEBUG Rasa logs what people wrote; its level is pinned whatever the environment says.
for _name in ("LOG_LEVEL", "LOG_LEVEL_LIBRARIES", "LOG_LEVEL_RASA"):
    os.environ[_name] = "ERROR"

PDEATHSIG = 1  # prctl(2): the signal this process gets when its parent dies
PARENT = os.getppid()


def end_with_parent() -> None:
    """Die when the bot dies, even by kill -9 (Linux; elsewhere the bot ends its group itself)."""
    if sys.platform == "linux" and os.environ.get("ANTAM_NLU_CHILD"):
        ctypes.CDLL(None, use_errno=True).prctl(PDEATHSIG, signal.SIGTERM)
        if os.getppid() != PARENT:
            sys.exit(0)


def main(model: str, host: str, port: str) -> None:
    """Serve `/model/parse` until told to stop."""
    end_with_parent()
    token = os.environ.pop("ANTAM_NLU_TOKEN", "") or None
    import logging
    from functools import partial

    from rasa.core.run import close_resources, configure_app, load_agent_on_start
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.common import configure_logging_and_warnings, update_sanic_log_level

    configure_logging_and_warnings(log_level=logging.ERROR)
    endpoints = AvailableEndpoints()
    # What `rasa run --enable-api` does, without the channel it would open on the terminal and
    # without the token among its arguments.
    app = configure_app(None, auth_token=token, enable_api=True, endpoints=endpoints)
    update_sanic_log_level()
    app.register_listener(
        partial(load_agent_on_start, model, endpoints, None), "before_server_start"
    )
    app.register_listener(close_resources, "after_server_stop")
    app.run(host=host, port=int(port), access_log=False, workers=1)


if __name__ == "__main__":
    main(*sys.argv[1:4])
