#!/usr/bin/env bash
# A Chromium for the browser tests: the system's, Debian's package, or Playwright's own download.
set -euo pipefail
python=$1
if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then
    exit 0
fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null
else
    "$python" -m playwright install chromium
fi
