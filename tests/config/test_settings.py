"""Settings: everything wrong is named at once, nothing secret is shown."""

import stat
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest

from config.secret import Secret, kept_secret
from config.settings import Settings
from config.settings_loading import SettingsProblem, load
from config.settings_text import table


def test_an_empty_environment_starts_embedded_on_sqlite_in_var(tmp_path):
    settings = load({"TAPER_VAR_DIR": str(tmp_path)})
    assert settings.mode == "embedded"
    assert settings.database_url == f"sqlite:///{tmp_path}/taper.sqlite3"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.is_sqlite
    assert settings.mail_path == tmp_path / "mail"


def test_kept_secrets_survive_a_restart_and_only_their_owner_reads_them(tmp_path):
    first, second = (load({"TAPER_VAR_DIR": str(tmp_path)}) for _ in range(2))
    assert first.secret_key == second.secret_key
    assert first.secret_key != first.totp_secret
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert len((tmp_path / "secret_key").read_text()) >= 48


def test_two_processes_starting_at_once_keep_one_secret(tmp_path):
    with ThreadPool(16) as pool:
        made = pool.map(lambda _: kept_secret(tmp_path / "key").reveal(), range(64))
    assert len(set(made)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_every_problem_is_listed_at_once_and_no_value_is_repeated(tmp_path):
    with pytest.raises(SettingsProblem) as refused:
        load(
            {
                "TAPER_VAR_DIR": str(tmp_path),
                "TAPER_PORT": "sk_live_pasted_here",
                "TAPER_MODE": "huge",
                "TAPER_LEASE_S": "90",
                "TAPER_DEBUG": "perhaps",
                "TAPER_CHARGE_THREADS": "６４",
                "TAPER_PRT": "8000",
                "TAPER_MAIL_BACKEND": "smtp",
                "OTHER": "ignored",
            }
        )
    named = {problem.field for problem in refused.value.fields}
    assert named == {
        "/TAPER_PORT",
        "/TAPER_MODE",
        "/TAPER_LEASE_S",
        "/TAPER_DEBUG",
        "/TAPER_CHARGE_THREADS",
        "/TAPER_PRT",
        "/TAPER_SMTP_HOST",
    }
    assert "sk_live" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_grown_mode_needs_postgresql_stripe_and_its_own_secrets(tmp_path):
    with pytest.raises(SettingsProblem) as refused:
        load(
            {
                "TAPER_VAR_DIR": str(tmp_path),
                "TAPER_MODE": "grown",
                "TAPER_DATABASE_URL": "postgresql://taper:hunter2@db/taper",
                "TAPER_BASE_URL": "http://studio.example",
            }
        )
    named = {problem.field for problem in refused.value.fields}
    assert named == {
        "/TAPER_SECRET_KEY",
        "/TAPER_SECURITY_PASSWORD_SALT",
        "/TAPER_TOTP_SECRET",
        "/TAPER_STRIPE_API_KEY",
        "/TAPER_STRIPE_WEBHOOK_SECRETS",
        "/TAPER_BASE_URL",
    }
    assert "hunter2" not in str(refused.value)


def test_a_complete_grown_start_is_accepted(tmp_path):
    settings = load(
        {
            "TAPER_VAR_DIR": str(tmp_path),
            "TAPER_MODE": "grown",
            "TAPER_DATABASE_URL": "postgres://taper:hunter2@db/taper",
            "TAPER_SECRET_KEY": "a",
            "TAPER_SECURITY_PASSWORD_SALT": "b",
            "TAPER_TOTP_SECRET": "c",
            "TAPER_STRIPE_API_KEY": "sk_test_x",
            "TAPER_STRIPE_WEBHOOK_SECRETS": "whsec_old, whsec_new",
            "TAPER_BASE_URL": "https://studio.example/",
        }
    )
    assert settings.database_url == "postgresql+psycopg://taper:hunter2@db/taper"
    assert [s.reveal() for s in settings.stripe_webhook_secrets] == ["whsec_old", "whsec_new"]
    assert settings.trusted_hosts[0] == "studio.example"
    for text in (repr(settings), str(settings.shown())):
        assert "hunter2" not in text
        assert "whsec_old" not in text
        assert "sk_test_x" not in text


def test_a_live_key_is_never_sent_to_a_stand_in(tmp_path):
    with pytest.raises(SettingsProblem, match="STRIPE_API_BASE"):
        load(
            {
                "TAPER_VAR_DIR": str(tmp_path),
                "TAPER_STRIPE_API_KEY": "sk_live_1",
                "TAPER_STRIPE_API_BASE": "http://127.0.0.1:12111",
            }
        )


def test_the_file_is_read_and_a_variable_wins_over_it(tmp_path):
    file = tmp_path / "taper.toml"
    file.write_text('port = 9001\ngroup_name = "Cold Rooms"\ntrusted_hosts = ["a", "b"]\n')
    environ = {"TAPER_CONFIG": str(file), "TAPER_PORT": "9002", "TAPER_VAR_DIR": str(tmp_path)}
    settings = load(environ)
    assert (settings.port, settings.group_name) == (9002, "Cold Rooms")
    assert settings.trusted_hosts == ("a", "b")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"port = ", "TAPER_CONFIG"),
        (b"\xff\xfe", "TAPER_CONFIG"),
        (b"port = 1.5", "TAPER_PORT"),
        (b"prot = 1", "TAPER_PROT"),
        (b"group_name = {a = 1}", "TAPER_GROUP_NAME"),
        (b'group_name = "a\\u0000b"', "TAPER_GROUP_NAME"),
    ],
)
def test_a_broken_file_is_named_not_a_traceback(tmp_path, content, named):
    file = tmp_path / "taper.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsProblem, match=named):
        load({"TAPER_CONFIG": str(file), "TAPER_VAR_DIR": str(tmp_path)})


def test_a_missing_file_is_named():
    with pytest.raises(SettingsProblem, match="TAPER_CONFIG: cannot be read"):
        load({"TAPER_CONFIG": "/nowhere/taper.toml"})


def test_a_secret_hides_in_every_printed_form():
    secret = Secret("open sesame")
    assert "sesame" not in f"{secret} {secret!r} {[secret]}"
    assert secret.matches("open sesame")
    assert not secret.matches("open\ud800")


def test_the_table_names_type_default_and_purpose_of_every_setting():
    rows = {row.variable: row for row in table(Settings)}
    assert rows["TAPER_PORT"].type == "whole number"
    assert rows["TAPER_PORT"].default == "8000"
    assert rows["TAPER_STRIPE_WEBHOOK_SECRETS"].type == "list of secret"
    assert rows["TAPER_MODE"].type == "embedded or grown"
    assert all(row.doc for row in rows.values())


def test_overrides_are_typed_and_win(tmp_path):
    settings = load({"TAPER_PORT": "9000"}, port=9001, var_dir=tmp_path, testing=True)
    assert (settings.port, settings.testing) == (9001, True)
    assert isinstance(settings.var_dir, Path)
