"""One module per flow, each with a `FLOW`. Found by `bot.dialogue.turn.Flows.discover`."""
