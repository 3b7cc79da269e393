"""Every setting of Xiangtu, read once from the environment (`XIANGTU_*`, `DATABASE_URL`)."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

CHECKOUT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Settings with their defaults; each is documented in `docs/settings.md`. An empty variable is no setting."""

    model_config = SettingsConfigDict(env_prefix="XIANGTU_", env_ignore_empty=True, extra="ignore")

    data_dir: Path = Field(
        CHECKOUT / ".xiangtu", description="Folder of the embedded cluster, demo files, uploads and caches."
    )
    database_url: str | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL", "XIANGTU_DATABASE_URL"),
        description="PostgreSQL server to use; without it an embedded cluster runs under the data folder.",
    )
    app_database_url: SecretStr | None = Field(
        None,
        description="The same database under a login of the role xiangtu_app, for pages; without it the "
        "connections of pages become that role after they are made.",
    )
    secret: SecretStr | None = Field(
        None,
        min_length=32,
        description="Secret that signs cookies and seals the record; without it one is kept in the data folder.",
    )
    password_max_days: int = Field(90, ge=1, description="Days after which a password must be changed.")
    session_idle_min: int = Field(
        30, ge=1, description="Minutes without a request after which a session ends."
    )
    session_max_h: int = Field(12, ge=1, description="Hours after which a session ends in any case.")
    oidc_issuer: str | None = Field(
        None,
        description="Issuer of the city's OpenID Connect provider, `https://…`; without it people sign in with "
        "local accounts only.",
    )
    oidc_client_id: str | None = Field(None, description="Name under which the provider knows Xiangtu.")
    oidc_client_secret: SecretStr | None = Field(
        None, description="Secret that the provider gave Xiangtu; without it Xiangtu is a public client."
    )
    oidc_scopes: str = Field(
        "openid profile", description="What is asked of the provider, words with spaces."
    )
    host: str = Field("127.0.0.1", description="Address the server listens on.")
    port: int = Field(8501, ge=1, le=65535, description="Port the server listens on.")
    language: Literal["zh", "en"] = Field("zh", description="Language of a visitor who has not chosen one.")
    city_code: str = Field(
        "441800000000", pattern=r"^\d{12}$", description="12-digit code of the city shown."
    )
    demo_seed: int = Field(441800, description="Seed of the synthetic demo city.")
    tile_cache_mb: int = Field(64, ge=0, description="Memory for cached vector tiles, MiB.")
    statement_timeout_s: int = Field(30, ge=1, description="Longest a query of a page may run, s.")
    pool_size: int = Field(8, ge=1, description="Connections kept open to the database.")
    workers: int = Field(2, ge=1, description="Processes for indicator runs; 1 computes in-process.")
    scheduler: str | None = Field(
        None,
        pattern=r"^(tcp|tls)://",
        description="Dask scheduler whose workers compute indicator runs, `tcp://host:8786`; without it this machine "
        "does.",
    )
    log_format: Literal["json", "console"] = Field("json", description="Log lines as JSON or for eyes.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level logged.")
    upload_limit_mb: int = Field(200, ge=1, description="Largest file a person may upload, MiB.")
    read_timeout_s: int = Field(
        600, ge=1, description="Longest the reading of one uploaded file may take, s."
    )
    raster_dir: Path | None = Field(
        None,
        description="Folder of the rasters, which every process that computes indicators must reach; `rasters` in the "
        "data folder if not set.",
    )
    read_memory_mb: int = Field(
        4096, ge=256, description="Memory limit of the process that reads uploads, MiB."
    )
    ftth_target: float = Field(
        0.95, ge=0, le=1, description="Target share of households with fibre, by 2025."
    )
    tap_water_target: float = Field(0.99, ge=0, le=1, description="Target tap-water rate, by 2025.")
    steep_ground_deg: float = Field(
        25.0,
        gt=0,
        lt=90,
        description="Slope from which ground under a cut-slope house counts as steep, degrees.",
    )
    review_county_days: int = Field(
        10, ge=1, le=120, description="Working days that a county has to examine a parcel handed in."
    )
    review_city_days: int = Field(
        15, ge=1, le=120, description="Working days that the city has to approve or return a parcel examined."
    )
    working_days_file: Path | None = Field(
        None,
        description="CSV of days off and weekend days worked (columns day, is) instead of the one delivered.",
    )
    report_until_day: int = Field(
        5,
        ge=0,
        le=28,
        description="Day until which the monthly reports of the month before are asked for first.",
    )
    photo_far_m: int = Field(
        500, ge=1, description="Distance from its project from which a photo of a report is pointed out, m."
    )
    sliver_m2: float = Field(
        5.0, ge=0, description="Pieces of a parcel in conflict that are smaller are slivers, shown apart, m²."
    )
    sliver_width_m: float = Field(
        0.5, ge=0, description="Pieces of a parcel in conflict that are narrower on average are slivers, m."
    )
    stalled_days: int = Field(
        45, ge=1, description="Days without a report after which a project counts as stalled."
    )
    linked_settlement_households: int = Field(
        20, ge=1, description="Households from which a natural village is counted in road linkage."
    )
    check_wait_days: int = Field(
        10, ge=1, description="Days after which a report that nobody has checked is put before leaders."
    )
    wall_seconds: int = Field(
        20, ge=1, le=3600, description="Seconds that the leaders' page shows each view on a wall screen, s."
    )


@cache
def settings() -> Settings:
    """Return the settings of this process (read once)."""
    return Settings()  # type: ignore[call-arg]
