"""The Rasa project and the Vietnamese text functions it shares with the bot."""
