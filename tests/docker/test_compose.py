"""compose.yaml and Dockerfile, read: they run what `make up` runs, keep no secret, float no tag."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
sys.path.insert(0, str(DOCKER / "services"))

import environment  # noqa: E402 - a folder that is run, not a package: path first

#: What differs between the two profiles, and is therefore not in docker/airflow.env.
OF_THE_PROFILE = {
    "AIRFLOW__CORE__EXECUTOR",
    "AIRFLOW__CORE__PARALLELISM",
    "AIRFLOW__CORE__EXECUTION_API_SERVER_URL",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
    "AIRFLOW__API__BASE_URL",
    "AIRFLOW__API__SECRET_KEY",
    "AIRFLOW__API_AUTH__JWT_SECRET",
}
#: A service of the Procfile serves its logs and listens in its own way where it is alone.
ALONE = re.compile(r"exec |--skip-serve-logs|--port \S+|--host \S+")


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))["services"]


@pytest.fixture(scope="module")
def procfile():
    lines = (DOCKER / "services" / "Procfile").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines)


def command(text: str) -> str:
    return " ".join(ALONE.sub("", text).split())


def test_both_profiles_run_the_same_commands(services, procfile):
    for name, line in procfile.items():
        assert command(services[name]["command"]) == command(line), name
    others = {"worker", "init", "postgres", "redis", "seaweedfs"}
    assert set(services) == set(procfile) | others
    assert services["init"]["command"] == "sh docker/services/prepare.sh"


def test_both_profiles_read_the_same_settings(services, procfile):
    shared = environment.shared()
    assert shared
    for name in {*procfile, "worker", "init"} - {"newsstand"}:
        assert services[name]["env_file"] == "airflow.env"
        assert not set(shared) & set(services[name]["environment"]), name


def test_what_differs_is_set_in_both(services, tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "HOME", tmp_path)
    native = environment.services_environment({"PATH": "/bin"}, 8080, 8090)
    ours = {key for key in native if key.startswith("AIRFLOW__")} - set(environment.shared())
    theirs = set(services["scheduler"]["environment"])
    assert ours >= OF_THE_PROFILE
    assert theirs >= OF_THE_PROFILE
    assert native["AIRFLOW__API__HOST"] == "127.0.0.1"


def test_every_service_says_whether_it_is_well(services):
    unchecked = [name for name, service in services.items() if "healthcheck" not in service]
    assert unchecked == ["init"]
    for name in set(services) - {"init"}:
        assert {"interval", "timeout", "retries"} <= set(services[name]["healthcheck"]), name


def test_what_is_waited_for_is_there_and_can_be(services):
    for service in services.values():
        for name, how in service.get("depends_on", {}).items():
            condition = how["condition"]
            assert condition == "service_completed_successfully" or services[name]["healthcheck"]
            assert (condition == "service_completed_successfully") == (name == "init")


def test_every_image_is_pinned(services):
    for name, service in services.items():
        _, colon, tag = service["image"].rpartition(":")
        assert colon, name
        assert re.match(r"\d", tag), f"{name}: {tag}"


def test_secrets_come_from_the_environment_and_have_no_default(services):
    secret = re.compile(
        r"PASSWORD|SECRET|FERNET|SQL_ALCHEMY|BROKER|RESULT_BACKEND|LEDGER|ACCESS_KEY"
    )
    for name, service in services.items():
        for key, value in (service.get("environment") or {}).items():
            if secret.search(key) and not key.endswith("_FILE"):
                assert re.search(r"\$\{[A-Z_]+:\?", value), f"{name}: {key}"


def test_the_example_names_every_variable_that_is_demanded():
    text = (DOCKER / "compose.yaml").read_text(encoding="utf-8")
    example = (DOCKER / ".env.example").read_text(encoding="utf-8")
    demanded = set(re.findall(r"\$\{([A-Z_]+):\?", text))
    assert demanded == set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    assert re.findall(r"^[A-Z_]+=(\S+)", example, re.MULTILINE) == []


def test_ports_are_published_on_loopback_alone(services):
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_each_site_of_the_newsstand_has_its_name(services):
    sites = {f"{path.stem}.newsstand" for path in (DOCKER / "newsstand/sources").glob("*.yml")}
    assert set(services["newsstand"]["networks"]["default"]["aliases"]) == sites


def test_the_dockerfile_is_pinned_locked_and_not_root():
    text = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"apache/airflow:3.3.2"}
    assert "--require-hashes" in text
    assert "lock/image.txt" in text
    assert re.findall(r"^USER (\S+)", text, re.MULTILINE)[-1] == "airflow"
    assert not re.search(r"PASSWORD|SECRET|TOKEN|ARG |ADD |curl .*\| *sh|:latest", text)


def test_the_dockerfile_copies_what_is_there_and_let_through():
    text = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    ignore = (DOCKER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    let_through = tuple(line[1:] for line in ignore if line.startswith("!"))
    for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE):
        *sources, _ = [word for word in line.split() if not word.startswith("--")]
        for source in sources:
            assert (ROOT / source).exists() or source == "README.md", source
            assert source.startswith(let_through), source


def test_the_image_is_built_for_the_airflow_that_is_locked():
    lock = (ROOT / "lock" / "image.txt").read_text(encoding="utf-8")
    assert re.search(r"^apache-airflow==3\.3\.2 ", lock, re.MULTILINE)
    assert re.search(r"^celery==5\.6\.", lock, re.MULTILINE)
