#!/usr/bin/env python3
"""Measures how fast midwatch crawls, beside what wrk gets. See the README of the benchmarks."""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared import install, measure, servers, tree

PACKAGES = {"nginx": "nginx", "openssl": "openssl", "wrk": "wrk"}
#: The links of each page.
LINKS = 20
#: What wrk is asked for.
SECONDS = 5


def write_pages(root: Path, count: int) -> None:
    """Writes pages that link to each other, so that all of them are few links from the first."""
    (root / "page").mkdir(parents=True)
    for number in range(count):
        # Page n leads to the pages from 20n+1 on, as in a heap, and back to its own parent.
        others = [n for n in range(LINKS * number + 1, LINKS * number + LINKS + 1) if n < count]
        others.append((number - 1) // LINKS if number else 0)
        links = "\n".join(f'<li><a href="/page/{n}.html">Page {n}</a></li>' for n in others)
        text = f"<p>{'Some words of a page. ' * 100}</p>"
        page = (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Page {number}</title></head>\n'
            f"<body><h1>Page {number}</h1>\n<ul>\n{links}\n</ul>\n{text}\n</body></html>\n"
        )
        (root / "page" / f"{number}.html").write_text(page)
    (root / "index.html").write_text((root / "page" / "0.html").read_text())


def server_blocks(root: Path, https: int, http: int) -> str:
    """One site over https with HTTP/2, and over http a redirection to it."""
    return (
        f"types {{ text/html html; }}\n"
        f"server {{ listen {servers.LOOPBACK}:{https} ssl http2; server_name {servers.NAME}; root {root}; "
        f"{servers.use_certificates(['ecdsa'])} }}\n"
        f"server {{ listen {servers.LOOPBACK}:{http}; server_name {servers.NAME}; "
        f"return 301 https://{servers.NAME}$request_uri; }}"
    )


def crawl(midwatch: Path, directory: Path, https: int, http: int, pages: int) -> tuple[float, float, int]:
    """Crawls once: wall time, CPU time, and the pages that were fetched."""
    report = directory / "report.json"
    # The site has the usual ports by name, so that its redirection leads to it; the real ones are free ports.
    resolve = [f"{servers.NAME}:{port}:{servers.LOOPBACK}:{real}" for port, real in ((443, https), (80, http))]
    command = [str(midwatch), "site", f"https://{servers.NAME}", "--offline", "--quiet", "--format", "json"]
    command += [argument for one in resolve for argument in ("--resolve", one)]
    command += ["--trust", str(directory / "ecdsa.pem"), "--pages", str(pages), "--output", str(report)]
    sample = measure.run(command)
    if not report.exists():
        sys.exit(f"midwatch wrote no report (exit code {sample.code})")
    return sample.wall, sample.cpu, fetched(json.loads(report.read_text()))


def fetched(report: dict[str, Any]) -> int:
    """The pages that a report of midwatch's says were fetched."""
    observations = [one for target in report["targets"] for one in target["observations"]]
    return sum(one["fetched"] for one in observations if one["kind"] == "crawl")


def wrk(https: int, pages: int) -> float:
    """Pages a second by wrk, with one thread and four connections."""
    script = Path(__file__).with_name("paths.lua")
    command = ["wrk", "-t1", "-c4", f"-d{SECONDS}", "-s", str(script)]
    command += ["-H", f"Host: {servers.NAME}", f"https://{servers.LOOPBACK}:{https}"]
    environment = {**os.environ, "PAGES": str(pages)}
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
    rate = re.search(r"Requests/sec:\s*([\d.]+)", told)
    if rate is None or "Non-2xx" in told:
        sys.exit(f"wrk got no pages:\n{told}")
    return float(rate[1])


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1000, help="pages of the site (default 1000)")
    parser.add_argument("--runs", type=int, default=3, help="crawls, and runs of wrk (default 3)")
    return parser.parse_args()


def main() -> None:
    """Measures midwatch and wrk in turn, and prints medians."""
    options = arguments()
    measure.end_on_signals()
    install.debian(PACKAGES)
    midwatch = tree.midwatch()
    crawls, rates = [], []
    with tempfile.TemporaryDirectory(prefix="midwatch-bench-") as temporary:
        directory = Path(temporary)
        directory.chmod(0o755)  # nginx's workers are nobody, and read the pages.
        servers.certificates(directory)
        write_pages(directory / "site", options.pages)
        https, http = servers.free_ports(2)
        with servers.nginx(directory, "site-server", server_blocks(directory / "site", https, http)):
            for _ in range(options.runs):
                crawls.append(crawl(midwatch, directory, https, http, options.pages))
                rates.append(wrk(https, options.pages))
    print_figures(crawls, rates, options.pages)


def print_figures(crawls: list[tuple[float, float, int]], rates: list[float], pages: int) -> None:
    """Prints pages a second, and the ratio."""
    mine = [count / wall for wall, _, count in crawls]
    speeds = {"midwatch site": mine, "wrk -t1 -c4": rates}
    rows = [
        [name, f"{statistics.median(one):.0f} ({min(one):.0f}–{max(one):.0f})",
         f"{statistics.median(one) / statistics.median(mine):.1f}"]
        for name, one in speeds.items()
    ]
    measure.table("Medians (least–greatest); the ratio is to midwatch.", ["crawl", "pages/s", "ratio"], rows)
    walls, cpus, counts = zip(*crawls)
    print(
        f"\nmidwatch: {min(counts)} of {pages} pages in {statistics.median(walls):.2f} s with "
        f"{statistics.median(cpus):.2f} s of CPU, with everything else that it measures of a site (addresses, "
        "TLS, certificates) and its report in that time."
    )


if __name__ == "__main__":
    main()
