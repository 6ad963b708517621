"""Who may see the figures."""

import pytest
from flask import Flask

from config.metrics import init_metrics
from config.secret import Secret
from tests.support import databases


@pytest.fixture
def site(tmp_path):
    site = Flask("site")
    site.extensions["taper.settings"] = databases.settings_for("", tmp_path)
    init_metrics(site)
    return site


def test_this_machine_sees_requests_counted_by_endpoint(site):
    client = site.test_client()
    client.get("/nowhere-to-be-found")
    figures = client.get("/metrics").text
    assert 'taper_http_requests_total{endpoint="none",method="GET",status="404"}' in figures
    assert "nowhere-to-be-found" not in figures


@pytest.mark.parametrize("address", ["10.0.0.7", "192.168.1.1", "2001:db8::1", "not an address"])
def test_another_machine_sees_nothing(site, address):
    answer = site.test_client().get("/metrics", environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_a_proxy_on_this_machine_does_not_open_the_door(site, header):
    assert site.test_client().get("/metrics", headers={header: "x"}).status_code == 404


def test_with_a_token_set_only_its_bearer_sees_them(tmp_path):
    site = Flask("site")
    site.extensions["taper.settings"] = databases.settings_for(
        "", tmp_path, metrics_token=Secret("open sesame")
    )
    init_metrics(site)
    client = site.test_client()
    assert client.get("/metrics").status_code == 404
    for offered in ("Bearer wrong", "open sesame", "Basic open sesame", "Bearer é"):
        assert client.get("/metrics", headers={"Authorization": offered}).status_code == 404
    answer = client.get("/metrics", headers={"Authorization": "Bearer open sesame"})
    assert answer.status_code == 200
    assert "taper_http_request_seconds" in answer.text
