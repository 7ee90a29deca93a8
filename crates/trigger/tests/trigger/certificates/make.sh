#!/bin/sh
# Makes the certificates of this folder, valid from 2020 to 2120: two authorities, a server and a
# client that the first one certifies, and a client that the second one does. They open nothing but
# the tests.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
cd "$work"
: > index
cat > config <<'CONFIG'
[ca]
default_ca = this
[this]
new_certs_dir = .
database = index
default_md = sha256
rand_serial = yes
unique_subject = no
policy = names
[names]
commonName = supplied
CONFIG

# NAME EXTENSIONS SIGNED-BY...
certify() {
    name=$1
    printf '%s\n' "$2" > extensions
    shift 2
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" \
        -keyout "$name.key" -out request
    openssl ca -batch -notext -config config -startdate 20200101000000Z -enddate 21200101000000Z \
        -in request -extfile extensions -out "$name.pem" "$@"
}

AUTHORITY="basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign"
for name in authority stranger; do
    certify "$name" "$AUTHORITY" -selfsign -keyfile "$name.key"
done
certify server "extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1" -cert authority.pem -keyfile authority.key
certify client "extendedKeyUsage = clientAuth" -cert authority.pem -keyfile authority.key
certify impostor "extendedKeyUsage = clientAuth" -cert stranger.pem -keyfile stranger.key
cp authority.pem stranger.pem server.pem server.key client.pem client.key impostor.pem impostor.key "$here"
rm -r "$work"
