"""docker-compose.yml, as Docker Compose itself reads it. No container is started: see docs/operations.md."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import services

ROOT = Path(__file__).resolve().parent.parent.parent
OF_THE_SHOP = {"web", "worker", "beat", "migrate", "manage"}
ALWAYS_UP = {"web", "worker", "beat", "postgres", "redis"}
DATABASE_PASSWORD = "5a11ab1e"
SECRETS = {"SECRET_KEY": "a-secret-key", "STRIPE_API_KEY": "a-stripe-key", "STRIPE_WEBHOOK_SECRETS": "a-hook-secret"}


@pytest.fixture(scope="module")
def compose(request: pytest.FixtureRequest) -> str:
    """Docker Compose; a test without it is left out, or fails where services are required."""
    sentence = services.without_compose()
    if sentence and request.config.getoption("--require-services"):
        pytest.fail(sentence)
    if sentence:
        pytest.skip(sentence)
    return services.compose_path()


def read(compose: str, folder: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Read the file in a folder of its own, with these settings in `.env` over those of `.env.example`."""
    (folder / "docker-compose.yml").write_text((ROOT / "docker-compose.yml").read_text())
    typed = "".join(f"{name}={value}\n" for name, value in settings.items())
    (folder / ".env").write_text((ROOT / ".env.example").read_text() + typed)
    command = [compose, "--profile", "trial", "--profile", "manage", "config"]
    return subprocess.run(
        command, cwd=folder, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def config(compose: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All that the file says, with its anchors and variables filled in."""
    folder = tmp_path_factory.mktemp("compose")
    result = read(compose, folder, POSTGRES_PASSWORD=DATABASE_PASSWORD, **SECRETS)
    assert (result.returncode, result.stderr) == (0, "")
    found: dict[str, Any] = yaml.safe_load(result.stdout)
    return found


def test_services_are_the_shop_and_what_it_needs(config: dict[str, Any]) -> None:
    assert set(config["services"]) == OF_THE_SHOP | {"postgres", "redis", "mail"}


def test_nothing_starts_without_a_database_password(compose: str, tmp_path: Path) -> None:
    result = read(compose, tmp_path)

    assert result.returncode != 0
    assert "POSTGRES_PASSWORD" in result.stderr


def test_every_service_is_an_ordinary_user_that_can_change_nothing(config: dict[str, Any]) -> None:
    for name, service in config["services"].items():
        user = service["user"].partition(":")[0]
        assert user not in {"", "0", "root"}, name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name


def test_services_come_back_and_say_how_they_are(config: dict[str, Any]) -> None:
    for name in ALWAYS_UP | {"mail"}:
        assert config["services"][name]["restart"] == "unless-stopped", name
        assert config["services"][name]["healthcheck"]["test"], name
    assert {config["services"][name]["restart"] for name in ("migrate", "manage")} == {"no"}


def test_the_shop_starts_after_the_migrations(config: dict[str, Any]) -> None:
    for name in ("web", "worker", "beat"):
        waits = config["services"][name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}, name
        assert waits["redis"] == {"condition": "service_healthy"}, name
    assert config["services"]["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}


def test_only_web_is_reached_and_only_from_this_machine(config: dict[str, Any]) -> None:
    ports = {name: service["ports"] for name, service in config["services"].items() if "ports" in service}

    assert list(ports) == ["web"]
    assert re.match(r"127\.0\.0\.1:8000:8000", str(ports["web"][0]))
    assert config["networks"]["inside"]["internal"] is True
    for name in ("postgres", "redis", "mail"):
        assert list(config["services"][name]["networks"]) == ["inside"], name


def test_what_must_last_lies_in_named_volumes(config: dict[str, Any]) -> None:
    assert set(config["volumes"]) == {"postgres-data", "backups"}
    mounted = {name: service["volumes"] for name, service in config["services"].items() if "volumes" in service}
    assert mounted == {
        "postgres": ["postgres-data:/var/lib/postgresql/data:rw"],
        "manage": ["backups:/backups:rw"],
    }


def test_secrets_come_from_the_environment_and_reach_the_shop_only(config: dict[str, Any]) -> None:
    for name, service in config["services"].items():
        values = service.get("environment", {})
        for variable, secret in SECRETS.items():
            assert values.get(variable) == (secret if name in OF_THE_SHOP else None), name
    # The words of a command or a health check are seen by everybody on the machine.
    for name, service in config["services"].items():
        shown = str({key: value for key, value in service.items() if key != "environment"})
        assert not any(secret in shown for secret in [DATABASE_PASSWORD, *SECRETS.values()]), name


def test_production_is_not_left_to_a_forgotten_line(config: dict[str, Any]) -> None:
    for name in OF_THE_SHOP:
        values = config["services"][name]["environment"]
        assert (values["DEBUG"], values["LOG_JSON"]) == ("false", "true")
        assert values["DATABASE_URL"] == f"postgres://shop:{DATABASE_PASSWORD}@postgres:5432/shop"
        assert values["CELERY_BROKER_URL"] == "redis://redis:6379/0"


def test_files_name_no_secret_and_no_registry() -> None:
    compose_file, image_file = (ROOT / "docker-compose.yml").read_text(), (ROOT / "Dockerfile").read_text()

    assert re.findall(r"^\s*\w*(?:PASSWORD|SECRET|API_KEY)\w*: (?!\$\{)", compose_file, re.MULTILINE) == []
    images = re.findall(r"^\s*image: (\S+)$", compose_file, re.MULTILINE) + re.findall(r"^FROM (\S+)", image_file, re.M)
    assert images
    assert not any("." in image.split("/")[0] for image in images if "/" in image)
    assert "http" not in re.sub(r"http://127\.0\.0\.1|https://shop\.invalid", "", image_file)
    assert "COPY .env" not in image_file


def test_the_image_has_what_production_runs_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}

    assert "*" in lines
    assert not let_in & {"demo", "tests", "var", ".env", ".git"}
    assert {"truelink_shop", "checkout", "billing", "accounts", "catalog", "static", "templates"} <= let_in
    image_file = (ROOT / "Dockerfile").read_text()
    assert image_file.index("USER 10001") > image_file.index("collectstatic")
