"""HOW to say it: one folder per channel, each turning its platform's words into `bot.messages`."""
