"""The Rasa model as the bot uses it: a child process, a client, and the commands."""
