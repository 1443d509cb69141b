#!/usr/bin/env bash
# The web servers that the host rules are tried on: the system's, or Debian's packages.
set -euo pipefail
PATH=$PATH:/usr/sbin
if command -v nginx >/dev/null && command -v caddy >/dev/null && command -v apache2 >/dev/null; then
    exit 0
fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends nginx-light libnginx-mod-http-brotli-static caddy apache2 >/dev/null
else
    echo "the tests of the host rules need nginx, caddy and apache2: install them" >&2
    exit 1
fi
