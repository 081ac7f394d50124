# Sourced by the benches that start servers. A server prints its address on the first line of its output, once it listens.
address_in() {
    for _ in $(seq 600); do
        if [[ -s $1 ]]; then head -n 1 "$1"; return; fi
        sleep 0.1
    done
    echo "no address in $1" >&2
    exit 1
}
