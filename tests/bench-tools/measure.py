"""Runs one command again and again and says how long it took and how much memory it held at most."""

import os
import statistics
import subprocess
import time


def once(command: list[str], environment: dict[str, str]) -> tuple[float, float, str]:
    """Wall seconds, resident megabytes at most, and what it printed."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if process.returncode != 0:
        raise SystemExit(f"bench: {' '.join(command)} exited with {process.returncode}\n{out}")
    return wall, usage.ru_maxrss / 1024, out


class Measured:
    def __init__(self, walls: list[float], memory: float):
        self.walls, self.memory = walls, memory

    @property
    def median(self) -> float:
        return statistics.median(self.walls) * 1000

    @property
    def best(self) -> float:
        return min(self.walls) * 1000

    def __str__(self) -> str:
        return f"median {self.median:8.1f} ms   best {self.best:8.1f} ms   memory {self.memory:5.1f} MB"


def side_by_side(commands: dict[str, list[str]], environment: dict[str, str], rounds: int) -> dict[str, Measured]:
    """All commands in every round, so that what else the machine does meets each of them alike; a first round is thrown away."""
    runs: dict[str, list[tuple[float, float, str]]] = {name: [] for name in commands}
    for round_ in range(rounds + 1):
        for name, command in commands.items():
            run = once(command, environment)
            if round_ > 0:
                runs[name].append(run)
    return {name: Measured([run[0] for run in all_], max(run[1] for run in all_)) for name, all_ in runs.items()}
