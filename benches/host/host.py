#!/usr/bin/env python3
"""midwatch host on an nginx with many server blocks: time and memory of the inventory, and of --sites.

    benches/host/host.py [--sites 10000] [--audit 10000] [--midwatch PATH]

Everything is made in a temporary directory, listens on loopback, and ends with the script. midwatch is built in the release
profile unless --midwatch names one. Needs nginx and openssl.
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent.parent


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def certificate(directory):
    """An authority, and a certificate for every name below sites.test."""
    run = lambda *args: subprocess.run(["openssl", *args], cwd=directory, check=True, capture_output=True)
    run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90", "-subj", "/CN=Bench root",
        "-keyout", "root.key", "-out", "root.pem", "-addext", "basicConstraints=critical,CA:TRUE")
    run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=sites.test", "-keyout", "site.key",
        "-out", "site.csr")
    (directory / "extensions").write_text("subjectAltName=DNS:sites.test,DNS:*.sites.test\nextendedKeyUsage=serverAuth\n")
    run("x509", "-req", "-in", "site.csr", "-CA", "root.pem", "-CAkey", "root.key", "-days", "80", "-extfile", "extensions",
        "-out", "site.pem")


def tree(root, sites, http, https):
    """One file for each site, as panels write them, with a redirect from http."""
    enabled = root / "etc/nginx/sites-enabled"
    enabled.mkdir(parents=True)
    certificate(root / "etc/nginx")
    (root / "etc/nginx/nginx.conf").write_text(
        f"{'user root; ' if os.geteuid() == 0 else ''}pid {root}/pid; error_log {root}/error; worker_processes 2;\n"
        "events { worker_connections 1024; }\n"
        "http { access_log off; server_names_hash_max_size 65536; server_names_hash_bucket_size 128;\n"
        f"client_body_temp_path {root}/t1; proxy_temp_path {root}/t2; fastcgi_temp_path {root}/t3; uwsgi_temp_path {root}/t4; "
        f"scgi_temp_path {root}/t5;\n"
        "include sites-enabled/*; }\n"
    )
    (root / "etc/nginx/tls").write_text(
        "ssl_certificate site.pem;\nssl_certificate_key site.key;\nssl_protocols TLSv1.2 TLSv1.3;\nssl_session_tickets off;\n"
    )
    (root / "html").mkdir()
    (root / "html/index.html").write_text("<!doctype html><title>A site</title><p>Hello.\n")
    for at in range(sites):
        name = f"s{at:05}.sites.test"
        (enabled / f"{name}.conf").write_text(
            f"server {{\n    listen 127.0.0.1:{http};\n    server_name {name};\n"
            "    location ^~ /.well-known/acme-challenge/ { root /var/www/acme; }\n"
            "    location / { return 301 https://$host$request_uri; }\n}\n"
            f"server {{\n    listen 127.0.0.1:{https} ssl;\n    server_name {name};\n    include tls;\n"
            f"    root {root}/html;\n    location / {{ try_files $uri $uri/ =404; }}\n}}\n"
        )


def measured(command, **more):
    """Seconds, the most memory in MiB, the exit code, and what was printed."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, **more)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - start
    return seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime, process.returncode, output


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=10000, help="server blocks with TLS")
    parser.add_argument("--audit", type=int, default=None, help="of how many sites --sites is measured; all where not given")
    parser.add_argument("--midwatch", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=3, help="runs of the inventory")
    options = parser.parse_args()
    program = options.midwatch
    if program is None:
        subprocess.run(["cargo", "build", "--release", "--locked", "-p", "midwatch"], cwd=HERE, check=True)
        program = HERE / "target/release/midwatch"
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    with tempfile.TemporaryDirectory(prefix="midwatch-bench-") as directory:
        root = pathlib.Path(directory)
        http, https = free_port(), free_port()
        tree(root, options.sites, http, https)
        files = sum(1 for _ in (root / "etc/nginx").rglob("*") if _.is_file())
        print(f"{options.sites} sites, {2 * options.sites} server blocks in {files} files")
        for _ in range(options.runs):
            seconds, memory, cpu, code, output = measured(
                [program, "host", "--root", root, "--format", "json", "--quiet"])
            facts = json.loads(output)["targets"][0]["observations"]
            served = next(fact for fact in facts if fact["kind"] == "served-sites")
            assert len(served["sites"]) == 2 * options.sites, len(served["sites"])
            print(f"inventory: {seconds:.2f} s, {cpu:.2f} s of CPU, {memory:.0f} MiB, exit {code}, "
                  f"{len(output) / 1e6:.1f} MB of JSON")
        if options.audit is not None and options.audit < options.sites:
            shutil.rmtree(root / "etc")
            tree_sites = options.audit
            tree(root, tree_sites, http, https)
        sites = options.audit or options.sites
        server = subprocess.Popen([nginx, "-p", root, "-c", root / "etc/nginx/nginx.conf", "-e", "stderr", "-g", "daemon off;"])
        try:
            for _ in range(600):
                with socket.socket() as one:
                    if one.connect_ex(("127.0.0.1", https)) == 0:
                        break
                time.sleep(0.1)
            state = root / "state"
            command = [program, "host", "--root", root, "--sites", "--state", state, "--format", "json", "--quiet", "--trust",
                       root / "etc/nginx/root.pem"]
            # A run that is killed in its middle, and one that goes on.
            first = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            start = time.monotonic()
            while first.poll() is None and lines(state) < sites // 2:
                time.sleep(0.05)
            first.send_signal(signal.SIGKILL)
            first.wait()
            half, kept = time.monotonic() - start, lines(state)
            seconds, memory, cpu, code, output = measured(command)
            facts = json.loads(output)["targets"][0]["observations"]
            faults = next(fact for fact in facts if fact["kind"] == "site-faults")
            assert faults["audited"] == faults["found"], faults
            print(f"--sites, killed after {half:.1f} s with {kept} names kept; then {faults['found'] - kept} more in {seconds:.1f} s, "
                  f"{cpu:.1f} s of CPU, {memory:.0f} MiB, exit {code}")
            print(f"in all {half + seconds:.1f} s for {faults['found']} names, "
                  f"{(half + seconds) / faults['found'] * 1000:.1f} ms a name; state file {state.stat().st_size / 1e6:.0f} MB")
            again, memory, cpu, code, _ = measured(command)
            print(f"once more with nothing left: {again:.1f} s, {memory:.0f} MiB")
            for fault in faults["faults"]:
                print(f"  {fault['severity']:8} {fault['id']:32} {fault['sites']}")
        finally:
            server.terminate()
            server.wait()


def lines(path):
    try:
        with open(path, "rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    except FileNotFoundError:
        return 0


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    sys.exit(main())
