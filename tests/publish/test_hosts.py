"""Real web servers follow the rules: the form's choice leads to its page, and never off the site."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.publish.hosts import HEADERS, RULES

ALIASES = {"/old.name/": "/some-model/"}
SCENARIO = "/some-model/q4_k_m/32k/"

NGINX = """daemon off; pid {folder}/pid; error_log stderr; worker_processes 1; {user}
events {{}}
http {{
    access_log off; types {{ text/html html; }}
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    server {{ listen 127.0.0.1:{port}; absolute_redirect off; root {site};
{rules}    }}
}}
"""
CADDY = """{{
admin off
auto_https off
}}
http://127.0.0.1:{port} {{
root * {site}
{rules}}}
"""
APACHE = """Listen 127.0.0.1:{port}
ServerName localhost
PidFile {folder}/pid
ErrorLog /dev/stderr
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
{user}
DocumentRoot {site}
<Directory {site}>
DirectoryIndex index.html
Require all granted
{rules}</Directory>
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    for name in ("index.html", "404.html", "go/index.html", f"{SCENARIO[1:]}index.html", ".build/manifest"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"page {name}")
    for path in (folder, folder.parent, folder.parent.parent):
        path.chmod(0o755)
    return folder


@pytest.fixture(scope="module", params=["nginx", "caddy", "apache"])
def server(request: pytest.FixtureRequest, site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, port = tmp_path_factory.mktemp(request.param), free_port()
    rules = RULES[request.param](ALIASES)
    config = folder / "config"
    if request.param == "nginx":
        user = "user root;" if os.getuid() == 0 else ""
        config.write_text(NGINX.format(folder=folder, port=port, site=site, rules=rules, user=user))
        command = [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(config), "-p", str(folder)]
    elif request.param == "apache":
        user = "User www-data\nGroup www-data" if os.getuid() == 0 else ""
        config.write_text(APACHE.format(folder=folder, port=port, site=site, rules=rules, user=user))
        command = [shutil.which("apache2") or "/usr/sbin/apache2", "-X", "-f", str(config)]
    else:
        config.write_text(CADDY.format(port=port, site=site, rules=rules))
        command = ["caddy", "run", "--config", str(config), "--adapter", "caddyfile"]
    environment = os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, process.stderr.read().decode()
            time.sleep(0.05)
        yield port
        process.terminate()


def ask(port: int, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    response = connection.getresponse()
    response.text = response.read().decode()
    response.location = (response.getheader("Location") or "").removeprefix(f"http://127.0.0.1:{port}")
    connection.close()
    return response


def test_the_form_s_choice_leads_to_its_page(server: int) -> None:
    asked = "/go/?model=some-model&quant=q4_k_m&context=32k&batch=1&kv=f16&engine=llama.cpp"
    found = ask(server, asked)
    assert (found.status, found.location) == (302, SCENARIO)
    assert ask(server, SCENARIO).text == f"page {SCENARIO[1:]}index.html"


@pytest.mark.parametrize(
    ("query", "path"), [("model=a&quant=q8_0", "/a/q8_0/"), ("model=a", "/a/"), ("model=a&context=2k", "/a/")]
)
def test_a_part_of_a_choice_leads_as_far_as_it_goes(server: int, query: str, path: str) -> None:
    assert ask(server, f"/go/?{query}").location == path


@pytest.mark.parametrize(
    "query", ["", "?model=", "?model=/evil.example", "?model=%2Fevil.example", "?model=a%0d%0aX:1", "?quant=q8_0"]
)
def test_what_is_no_choice_gets_the_page_of_links(server: int, query: str) -> None:
    found = ask(server, f"/go/{query}")
    assert (found.status, found.text) == (200, "page go/index.html")


def test_an_old_name_leads_to_the_new_one_with_all_below_it(server: int) -> None:
    found = ask(server, "/old.name/q4_k_m/32k/")
    assert (found.status, found.location) == (301, SCENARIO)
    assert ask(server, "/oldxname/").status == 404


def test_pages_carry_caching_and_security_headers(server: int) -> None:
    found = ask(server, "/")
    assert {name: found.getheader(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize("path", ["/nothing/", "/.build/manifest"])
def test_what_is_not_there_gets_the_page_for_it(server: int, path: str) -> None:
    found = ask(server, path)
    assert (found.status, found.text) == (404, "page 404.html")


def test_netlify_looks_at_the_query_and_cloudflare_keeps_the_page_of_links() -> None:
    first = "/go/ model=:model quant=:quant context=:context /:model/:quant/:context/ 302!"
    assert RULES["netlify-redirects"](ALIASES).splitlines()[0] == first
    assert RULES["cloudflare-redirects"](ALIASES) == "/old.name/* /some-model/:splat 301\n"
    assert RULES["headers"](ALIASES).startswith("/*\n  Cache-Control: ")
