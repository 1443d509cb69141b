#!/usr/bin/env bash
# What the audits need beside the browser and nginx of the tests: Java, npm, Firefox, and the packages of package.json.
set -euo pipefail
cd "$(dirname "$0")"
firefox() { command -v firefox-esr >/dev/null || command -v firefox >/dev/null; }
if ! command -v java >/dev/null || ! command -v npm >/dev/null || ! firefox; then
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        apt-get update -qq
        command -v java >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends default-jre-headless >/dev/null
        command -v npm >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends npm >/dev/null
        firefox || DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends firefox-esr >/dev/null
    else
        echo "the audits need java, npm and firefox: install them" >&2
        exit 1
    fi
fi
npm install --silent --no-audit --no-fund --no-package-lock
