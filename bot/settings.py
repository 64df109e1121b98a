"""Every ANTAM_* setting: name, default, help. `docs/settings.md` is checked against this file."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent
UNHURRIED = 60.0  # seconds


class Settings(BaseSettings):
    """Settings from the environment; with none set everything works on this machine alone.

    Raises `pydantic.ValidationError` for a value of the wrong form.
    """

    model_config = SettingsConfigDict(env_prefix="ANTAM_", extra="ignore")

    data_dir: Path = Field(
        PROJECT_ROOT / ".antam", description="Where the database, models and keys are kept."
    )
    database_url: str = Field(
        "",
        description="SQLAlchemy URL of the database (postgresql+asyncpg://… or "
        "sqlite+aiosqlite:///…). Empty: an SQLite file in the data folder.",
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port of the web server.")
    trusted_proxies: str = Field(
        "",
        description="Addresses (comma-separated) whose X-Forwarded-For is believed when the rate "
        "of one client is counted. Empty: none.",
    )
    web_exit_url: str = Field(
        "https://www.google.com.vn/",
        description="Where the page's quick exit leads: a neutral site.",
    )
    nlu_url: str = Field(
        "", description="A Rasa server already running. Empty: one is started as a child."
    )
    nlu_token: SecretStr = Field(SecretStr(""), description="The token that Rasa server expects.")
    nlu_enabled: bool = Field(
        True, description="False: answer from danger rules and lexical search alone."
    )
    nlu_patience: float = Field(
        2.0,
        gt=0,
        le=600,
        description="Seconds a message waits for the model before it is answered without; one that "
        "the rules find in danger waits a quarter of them. `antam ask` waits a minute.",
    )
    telegram_token: SecretStr = Field(
        SecretStr(""), description="Bot token from BotFather. Empty: no Telegram."
    )
    telegram_base_url: str = Field(
        "https://api.telegram.org",
        description="Where the Bot API is reached (a local Bot API server, a test server).",
    )
    telegram_rate: float = Field(
        25.0,
        gt=0,
        le=1000,
        description="Campaign messages a second to Telegram, over all processes. Telegram allows "
        "about 30 in all; the rest is left for replies.",
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Key behind the one-way keys of chats and the encrypted ids of subscribers. "
        "Empty: a key file in the data folder, made at the first start.",
    )
    province: str = Field("an-giang", description="Which province's content is served.")
    demo: bool = Field(
        False, description="True: made-up sample places are loaded and shown, for trying out only."
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @property
    def unhurried(self) -> Settings:
        """The same for questions that nobody waits for on a phone: none is answered without the
        model because the machine was busy."""
        return self.model_copy(update={"nlu_patience": max(UNHURRIED, self.nlu_patience)})

    @property
    def channels(self) -> frozenset[str]:
        """The channels on which people can be written to first."""
        return frozenset({"telegram"} if self.telegram_token.get_secret_value() else ())

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'antam.sqlite3'}"
