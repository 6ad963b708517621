"""A setting that cannot be what it claims to be stops the start, by name, and is not repeated."""

import pytest

from config.settings_loading import SettingsProblem, load

WRONG = {
    "TAPER_BASE_URL": [
        "http://[::1", "https://", "https://studio.example/path?x=1", "https://a b",
        "https://x:99999", "https://user:hunter2@studio.example", "javascript:alert(1)",
    ],
    "TAPER_DATABASE_URL": ["::::", "mysql://x:hunter2@h", "postgresql://u:hunter2@h:port/x"],
    "TAPER_PORT": ["0", "-1", "1e3", " ", "8000.0", "９" * 4, "9" * 5000],
    "TAPER_DEFAULT_LOCALE": ["xx_YY", "../../etc", ""],
    "TAPER_MAIL_FROM": ["a@b.co\nBcc: x@y.co", "nobody", "<>", "ü@b.co"],
    "TAPER_STRIPE_API_BASE": ["http://[x", "http://", "javascript:1", "https://x/v1"],
    "TAPER_STRIPE_API_KEY": ["sk_test_hunter2é", "sk_test hunter2"],
    "TAPER_GROUP_NAME": ["x\u202ey", "a\ud800", "a\x07", "x" * 5000],
    "TAPER_VAR_DIR": ["/dev/null", "/dev/null/var"],
    "TAPER_CONFIG": ["/", "/no/such/file"],
}  # fmt: skip


@pytest.mark.parametrize("variable", WRONG)
def test_a_setting_that_cannot_be_is_named(tmp_path, variable):
    for text in WRONG[variable]:
        with pytest.raises(SettingsProblem) as refused:
            load({"TAPER_VAR_DIR": str(tmp_path), variable: text})
        assert f"/{variable}" in {problem.field for problem in refused.value.fields}, text
        assert "hunter2" not in str(refused.value)


def test_what_an_operator_may_well_write_is_taken(tmp_path):
    settings = load(
        {
            "TAPER_VAR_DIR": str(tmp_path),
            "TAPER_BASE_URL": "https://studio.example:8443/",
            "TAPER_STRIPE_API_BASE": "http://127.0.0.1:12111/",
            "TAPER_MAIL_FROM": "Kältestudio <hallo@studio.example>",
            "TAPER_GROUP_NAME": "Kälte & Co — 冷",
            "TAPER_DEFAULT_LOCALE": "de_CH",
        }
    )
    assert settings.base_url == "https://studio.example:8443"
    assert settings.stripe_api_base == "http://127.0.0.1:12111"
