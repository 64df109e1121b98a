"""Telegram, through python-telegram-bot: polling, inline choices, location, deletion."""

from bot.channels.telegram.channel import TelegramChannel

__all__ = ["TelegramChannel"]
