"""The site as a host would serve it: nginx with the rules that the site comes with, answers compressed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONFIG = """daemon off; pid {folder}/pid; error_log stderr; worker_processes 1; {user}
events {{}}
http {{
    access_log off; types {{ text/html html; text/plain txt; image/png png; }}
    gzip on; gzip_comp_level 9;
{maps}
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    server {{ listen 127.0.0.1:{port}; absolute_redirect off; root {site};
{rules}    }}
}}
"""


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The address of ``site`` while it is served."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
        found.close()
        config = Path(folder) / "nginx.conf"
        config.write_text(
            CONFIG.format(
                folder=folder,
                port=port,
                site=site.resolve(),
                user="user root;" if os.getuid() == 0 else "",
                maps=_rules("nginx-maps", site),
                rules=_rules("nginx", site),
            )
        )
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or sys.exit("nginx isn't installed")
        with subprocess.Popen([program, "-c", config, "-p", folder]) as process:
            while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
                if process.poll() is not None:
                    sys.exit("nginx doesn't start")
                time.sleep(0.05)
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()


def _rules(kind: str, site: Path) -> str:
    command = [sys.executable, "-m", "generator", "rules", kind, "--out", str(site)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
