"""Real web servers and our own: choices, typed names and old addresses lead to pages, and never off the site."""

from __future__ import annotations

import gzip
import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import brotli
import pytest
from msgspec.structs import replace

from generator.publish.hosts import RULES
from generator.publish.hosts.facts import HASHED_CACHE, HEADERS, HostFacts, Moves
from generator.publish.output.moves import FolderSite, host_facts
from generator.publish.output.stage import file_name
from generator.web.site import LOCAL_HEADERS, SiteFiles, site_app
from tests.sample_site import atlas
from tests.web.running import running

FACTS = HostFacts(
    names={"some-model": "some-model", "some-model3.1-8b": "some-model", "org-some+": "some-model", "a": "a"},
    moves=Moves(
        folders={"/old.name/": "/some-model/", "/gpus/old-card/": "/gpus/card/"},
        pages={"/some-model/q4_k_m/64k/": "/some-model/q4_k_m/", "/old.name/q9/": "/some-model/"},
        branches={"/some-model/q2.k/": "/some-model/"},
    ),
    places={"4090": "/gpus/rtx-4090/", "m3max": "/gpus/#apple", "2x-rtx4090": "/gpus/2x/"},
    sizes_gb=(8, 24),
)
NGINX_BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
SCENARIO = "/some-model/q4_k_m/32k/"
PICTURE = "/some-model/card-0123456789.png"
FILES = (
    *(
        "index.html",
        "404.html",
        "go/index.html",
        "some-model/index.html",
        "llms.txt",
        "data/figures.csv.gz",
        ".build/manifest",
    ),
    *(f"{SCENARIO[1:]}index.html", PICTURE[1:]),
)

NGINX = """daemon off; pid {folder}/pid; error_log stderr; worker_processes 1; {user}
{modules}
events {{}}
http {{
    access_log off; types {{ text/html html; text/plain txt; }}
{maps}
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
LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so
TypesConfig /dev/null
AddType text/html .html
AddType text/plain .txt
AddType application/x-gzip .gz
{user}
DocumentRoot {site}
<Directory {site}>
DirectoryIndex index.html
Require all granted
AllowOverride All
</Directory>
"""


LOOKING_UP = ("nginx", "caddy", "local")
"""Servers whose rules look up what is typed; Apache's make a slug of it."""


@dataclass(frozen=True)
class Server:
    """A running web server of one kind."""

    host: str
    port: int


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def site() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # Apache reads it as another user
        for file in FILES:
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"page {file}")
        yield folder


@pytest.fixture(scope="module", params=[*LOOKING_UP, "apache"])
def server(request: pytest.FixtureRequest, site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if request.param == "local":
        with running(site_app(SiteFiles(site, lambda: FACTS), lambda: FACTS)) as port:
            yield Server(request.param, port)
        return
    with web_server(request.param, FACTS, site, tmp_path_factory.mktemp(request.param)) as found:
        yield found


@pytest.fixture(scope="module", params=["nginx", "caddy", "apache"])
def twin_server(
    request: pytest.FixtureRequest, site: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    for path in [path for name in FILES if (path := site / name).suffix in (".html", ".txt")]:
        path.with_name(f"{path.name}.br").write_bytes(brotli.compress(path.read_bytes()))
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    facts = replace(FACTS, twins=True)
    with web_server(request.param, facts, site, tmp_path_factory.mktemp(request.param)) as found:
        yield found


@contextmanager
def web_server(host: str, facts: HostFacts, site: Path, folder: Path) -> Iterator[Server]:
    """One of the real ones; ``folder`` is for its own files."""
    port, rules, config = free_port(), RULES[host](facts), folder / "config"
    if host == "nginx":
        maps, modules = RULES["nginx-maps"](facts), ""
        if NGINX_BROTLI.exists():
            modules, rules = f"load_module {NGINX_BROTLI};", rules.replace("# brotli_static on;", "brotli_static on;")
        user = "user root;" if os.getuid() == 0 else ""
        values = {"maps": maps, "modules": modules, "user": user}
        config.write_text(NGINX.format(folder=folder, port=port, site=site, rules=rules, **values))
        command = [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(config), "-p", str(folder)]
    elif host == "apache":
        user = "User www-data\nGroup www-data" if os.getuid() == 0 else ""
        (site / ".htaccess").write_text(rules)
        config.write_text(APACHE.format(folder=folder, port=port, site=site, user=user))
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
        yield Server(host, port)
        process.terminate()


def ask(server: Server, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.body = response.read()
    response.text = response.body.decode(errors="replace")
    response.location = (response.getheader("Location") or "").removeprefix(f"http://127.0.0.1:{server.port}")
    connection.close()
    return response


def test_the_form_s_choice_leads_to_its_page(server: Server) -> None:
    asked = "/go/?model=some-model&quant=q4_k_m&context=32k&batch=1&kv=f16&engine=llama.cpp"
    found = ask(server, asked)
    assert (found.status, found.location) == (302, SCENARIO)
    assert ask(server, SCENARIO).text == f"page {SCENARIO[1:]}index.html"


@pytest.mark.parametrize(
    ("query", "path"), [("model=a&quant=q8_0", "/a/q8_0/"), ("model=a", "/a/"), ("model=a&context=2k", "/a/")]
)
def test_a_part_of_a_choice_leads_as_far_as_it_goes(server: Server, query: str, path: str) -> None:
    assert ask(server, f"/go/?{query}").location == path


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?model=",
        "?model=/evil.example",
        "?model=%2Fevil.example",
        "?model=a%0d%0aX:1",
        "?model=a%0a",
        "?quant=q8_0",
    ],
)
def test_what_is_no_choice_gets_the_page_of_links(server: Server, query: str) -> None:
    found = ask(server, f"/go/{query}")
    assert (found.status, found.text) == (200, "page go/index.html")


@pytest.mark.parametrize(
    "typed",
    [
        "Some+Model+3.1+8B",
        "some%20model%203.1%208b",
        "SOME-MODEL3.1%3A8B",
        "some_model-3.1_8b",
        "+some-model3.1-8b+",
        "Org%2FSome%2B",
    ],
)
@pytest.mark.parametrize("server", LOOKING_UP, indirect=True, scope="module")
def test_a_name_as_people_type_it_leads_to_its_model(server: Server, typed: str) -> None:
    assert ask(server, f"/go/?model={typed}&quant=").location == "/some-model/"


@pytest.mark.parametrize(
    "typed", ["Some+Model", "some%20model", "Some_%3AModel", "+some-model%20", "Org%2FSome-Model", "ORG/some+model"]
)
@pytest.mark.parametrize("server", ["apache"], indirect=True, scope="module")
def test_apache_makes_a_slug_of_what_is_typed(server: Server, typed: str) -> None:
    assert ask(server, f"/go/?model={typed}&quant=").location == "/some-model/"


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("RTX+4090", "/gpus/rtx-4090/"),
        ("nvidia%20geforce%20rtx4090", "/gpus/rtx-4090/"),
        ("4090", "/gpus/rtx-4090/"),
        ("What+runs+on+my+RTX+4090", "/gpus/rtx-4090/"),
        ("2x+RTX+4090", "/gpus/2x/"),
        ("Apple+M3+Max", "/gpus/#apple"),
        ("24+GB", "/vram/24gb/"),
        ("8gib", "/vram/8gb/"),
        ("which+models+fit+24+gb+vram", "/vram/24gb/"),
        ("Some+Model+on+a+24+GB+card", "/some-model/"),
        ("some%20model%20on%20rtx%204090", "/some-model/"),
    ],
)
def test_hardware_and_sizes_lead_to_their_pages(server: Server, typed: str, path: str) -> None:
    assert landing(server, f"/go/?model={typed}&quant=") == path


@pytest.mark.parametrize("host", ["nginx", "caddy", "apache"])
def test_the_rules_of_the_whole_catalogue_are_understood(host: str, site: Path, tmp_path: Path) -> None:
    facts = host_facts(atlas().catalog, FolderSite(site))
    with web_server(host, facts, site, tmp_path) as server:
        assert landing(server, "/go/?model=nvidia+RTX+4090") == "/gpus/rtx-4090/"
        assert landing(server, "/go/?model=a100") == "/gpus/#nvidia-datacenter"


@pytest.mark.parametrize("typed", ["7+GB", "128+GB", "24+GBX", "RTX+4091", "4090+or+so"])
def test_what_names_no_hardware_gets_the_page_of_links(server: Server, typed: str) -> None:
    if server.host == "apache":
        assert ask(server, landing(server, f"/go/?model={typed}")).text == "page 404.html"
    else:
        assert ask(server, f"/go/?model={typed}").text == "page go/index.html"


def landing(server: Server, path: str) -> str:
    """Where a visitor ends who follows redirects."""
    for _ in range(5):
        found = ask(server, path)
        if found.status != 302:
            break
        path = found.location
    return path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/old.name/q4_k_m/32k/", SCENARIO),
        ("/gpus/old-card/", "/gpus/card/"),
        ("/some-model/q4_k_m/64k/", "/some-model/q4_k_m/"),
        ("/some-model/q2.k/", "/some-model/"),
        ("/some-model/q2.k/32k/", "/some-model/"),
        ("/old.name/q9/", "/some-model/"),
    ],
)
def test_an_old_address_leads_to_what_stands_in_its_place(server: Server, old: str, new: str) -> None:
    found = ask(server, old)
    assert (found.status, found.location) == (301, new)


@pytest.mark.parametrize(
    "path", ["/oldxname/", "/some-model/q2xk/", "/some-model/q4_k_m/64k/more/", "/old.name/%0d%0aX:1"]
)
def test_what_only_looks_like_an_old_address_is_not_there(server: Server, path: str) -> None:
    assert ask(server, path).status == 404


def test_a_picture_whose_name_changes_with_it_may_be_kept(server: Server) -> None:
    found = ask(server, PICTURE)
    kept = "no-cache" if server.host == "local" else HASHED_CACHE
    assert (found.status, found.getheader("Cache-Control")) == (200, kept)


def test_pages_carry_caching_and_security_headers(server: Server) -> None:
    found = ask(server, "/")
    wanted = LOCAL_HEADERS if server.host == "local" else HEADERS
    assert {name: found.getheader(name) for name in wanted} == wanted


@pytest.mark.parametrize("path", ["/nothing/", "/.build/manifest"])
def test_what_is_not_there_gets_the_page_for_it(server: Server, path: str) -> None:
    found = ask(server, path)
    assert (found.status, found.text) == (404, "page 404.html")


@pytest.mark.parametrize(
    ("takes", "coding", "read"),
    [("gzip, br", "br", brotli.decompress), ("gzip", "gzip", gzip.decompress), ("zstd", None, bytes)],
)
@pytest.mark.parametrize("path", ["/", SCENARIO, "/llms.txt"])
def test_the_best_twin_that_a_visitor_takes_is_sent(
    twin_server: Server, path: str, takes: str, coding: str | None, read: Callable[[bytes], bytes]
) -> None:
    if twin_server.host == "nginx" and coding == "br" and not NGINX_BROTLI.exists():
        pytest.skip("this nginx has no brotli module")
    found = ask(twin_server, path, **{"Accept-Encoding": takes})
    assert (found.status, found.getheader("Content-Encoding")) == (200, coding)
    assert read(found.body) == f"page {file_name(path)}".encode()
    assert found.getheader("Content-Type").startswith("text/plain" if path.endswith(".txt") else "text/html")
    assert coding is None or "Accept-Encoding" in found.getheader("Vary")


def test_what_is_compressed_already_is_sent_as_it_is(twin_server: Server) -> None:
    found = ask(twin_server, "/data/figures.csv.gz", **{"Accept-Encoding": "gzip, br"})
    assert (found.status, found.getheader("Content-Encoding"), found.text) == (200, None, "page data/figures.csv.gz")


def test_netlify_looks_at_the_query_and_takes_exceptions_first() -> None:
    lines = RULES["netlify-redirects"](FACTS).splitlines()
    assert lines[0] == "/go/ model=:model quant=:quant context=:context /:model/:quant/:context/ 302!"
    assert lines.index("/old.name/q9/ /some-model/ 301") < lines.index("/old.name/* /some-model/:splat 301")


def test_cloudflare_gets_no_more_lines_with_wildcards_than_it_follows() -> None:
    many = {f"/old-{number}/": "/some-model/" for number in range(150)}
    lines = RULES["cloudflare-redirects"](HostFacts({}, Moves(folders=many))).splitlines()
    assert lines[:150] == [f"{old} /some-model/ 301" for old in many]
    assert lines[150:] == [f"{old}* /some-model/:splat 301" for old in list(many)[:100]]


def test_headers_are_for_every_page() -> None:
    assert RULES["headers"](FACTS).startswith("/*\n  Cache-Control: ")
