# shellcheck shell=bash
# Sourced: `npm_packages SOURCE DIRECTORY` copies what is in SOURCE and installs its packages there, once. Ends the
# script with 77 (not run) without npm, or when no registry answers it.
npm_packages() {
  if ! command -v npm >/dev/null; then
    echo "not run: npm is not installed" >&2
    exit 77
  fi
  mkdir -p "$2"
  cp "$1"/*.json "$1"/*.mjs "$2/" 2>/dev/null || true # not every one has scripts
  # No lock file: it would hold the addresses of this machine's registry.
  if [ ! -e "$2/installed" ] &&
    ! (cd "$2" && timeout 200 npm install --no-package-lock --no-audit --no-fund --loglevel=error >npm.log 2>&1); then
    echo "not run: npm did not install the packages: $(tail -n 1 "$2/npm.log")" >&2
    exit 77
  fi
  touch "$2/installed"
}
