#!/usr/bin/env bash
# Installs what the end-to-end tests need from Debian's packages: real servers, shells, and programs that judge what is printed. Starts no service, leaves running ones alone; may be
# run again.
set -euo pipefail

packages=(python3-venv iproute2 nginx-light caddy apache2 haproxy nsd bind9-utils unbound ldnsutils libxml2-utils prometheus libmonitoring-plugin-perl tidy chromium zsh fish bash-completion mandoc groff-base icinga2-bin faketime parallel)
binaries=(nginx caddy apache2 haproxy nsd nsd-checkzone named-compilezone unbound ldns-signzone xmllint promtool prometheus tidy chromium zsh fish mandoc groff icinga2 faketime parallel)

export PATH="$PATH:/usr/sbin:/sbin"
missing() {
  for binary in "${binaries[@]}"; do command -v "$binary" >/dev/null || return 0; done
  # No programs.
  [ ! -e /usr/share/bash-completion/bash_completion ] || ! perl -MMonitoring::Plugin::Performance -e 1 2>/dev/null
}

if ! missing; then
  echo "already installed: ${binaries[*]}"
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "install.sh: no apt-get here; install ${binaries[*]} yourself" >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  echo "install.sh: must be run as root to install ${packages[*]}" >&2
  exit 1
fi

# Debian's packages ask this program before they start a service: 101 forbids it (invoke-rc.d(8)). One that is there already stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update
# Another apt-get may be running: wait for it.
apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${packages[@]}"

if missing; then
  echo "install.sh: apt-get went well, but one of ${binaries[*]} isn't on the PATH, or Perl has no Monitoring::Plugin" >&2
  exit 1
fi
