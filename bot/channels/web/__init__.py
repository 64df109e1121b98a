"""The web: a light chat page and its JSON endpoint."""

from bot.channels.web.routes import web_channel

__all__ = ["web_channel"]
