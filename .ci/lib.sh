# What the steps of `.ci/run` share: messages, their times, and the tools they need.

say() { printf '%s\n' "$*"; }

fail() {
    printf 'error: %s\n' "$*" >&2
    return 1
}

# Why a step left something out; the summary repeats it.
skip() {
    say "skipped: $*"
    printf '%s: %s\n' "$current" "$*" >>"$scratch/skipped"
}

# Whether a step left something out.
is_skipped() { grep -s "^$1: " "$scratch/skipped" >/dev/null; }

# How long one command may take, in seconds: what hangs, fails.
command_limit=2400

# Prints a command and runs it without input.
run() {
    say "+ $*"
    timeout --kill-after=10 "$command_limit" "$@" </dev/null
}

# Runs a command as `run`, and passes when it ends with the given status and
# one line on standard error.
refuses() {
    local wanted=$1 status=0
    shift
    say "+ $*"
    "$@" </dev/null >"$scratch/out" 2>"$scratch/err" || status=$?
    cat "$scratch/err"
    [ "$status" -eq "$wanted" ] || fail "exit status $status, not $wanted"
    [ "$(wc -l <"$scratch/err")" -eq 1 ] || fail "not one line on standard error"
    [ ! -s "$scratch/out" ] || fail "something on standard output"
}

# Fails where a pattern stands in the files of the tree, new ones included. The
# other arguments choose files as for git.
absent() {
    local pattern=$1 status=0
    shift
    say "+ git grep -E '$pattern' -- $*"
    git grep --untracked -nIE "$pattern" -- "$@" || status=$?
    [ "$status" -eq 1 ] || fail "must not be in the tree: $pattern"
}

# A step that runs what the README tells people to run fails when it tells something else.
readme_says() {
    grep -F -- "$1" README.md >/dev/null || fail "README.md does not say: $1"
}

has() { command -v "$1" >/dev/null 2>&1; }

# Installs Debian packages, with fresh lists when the old ones do not do.
packages() {
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends)
    has apt-get || fail "no apt-get to install $* with"
    "${apt[@]}" "$@" </dev/null >"$scratch/apt" 2>&1 && return
    apt-get -qq update </dev/null >>"$scratch/apt" 2>&1 || true
    "${apt[@]}" "$@" </dev/null >>"$scratch/apt" 2>&1 && return
    cat "$scratch/apt" >&2
    fail "cannot install $*"
}

# Makes sure of a command, from a package of another name if need be.
need() {
    has "$1" || packages "${2:-$1}"
    has "$1" || fail "$1 is not there, nor in package ${2:-$1}"
}

# Whether the toolchain in use has the standard library of a target, fetched if need be.
has_target() {
    rustup target list --installed | grep -x "$1" >/dev/null && return
    timeout 120 rustup target add "$1" </dev/null
}

# Whether there is a toolchain, fetched if need be.
has_toolchain() {
    rustup toolchain list | grep "^$1-" >/dev/null && return
    timeout 300 rustup toolchain install "$1" --profile minimal </dev/null
}

host_triple() { rustc -vV | sed -n 's/^host: //p'; }

# The folder that cargo builds into.
target_dir() {
    cargo metadata --format-version 1 --no-deps |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])'
}

# Processes to end with the script: each is ours, by number.
children=()

end_children() {
    local child
    for child in "${children[@]}"; do
        kill "$child" 2>/dev/null && wait "$child" 2>/dev/null || true
    done
    children=()
}
