"""`pyboot bench` before the command line has it: `compare.py --work framed16 --peers netty,pyboot --rounds 5 --seconds 2`."""

import argparse
from pathlib import Path

from pyboot.cli.commands.bench import BenchRequest, run_bench

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", default="")
    parser.add_argument("--peers", default="")
    parser.add_argument("--base", default="")
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--svg", type=Path)
    asked = parser.parse_args()
    names = {key: [name for name in getattr(asked, key).split(",") if name] for key in ("work", "peers")}
    run_bench(BenchRequest(names["work"], names["peers"], asked.base, asked.seconds, asked.rounds, asked.json, asked.svg))
