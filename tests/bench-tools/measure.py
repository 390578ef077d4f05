"""Runs one command again and again and says how long it took and how much memory it held at most."""

import statistics
import subprocess
import sys
import time


# A process keeps the peak of the one it was forked from, so what forks must be smaller than what is measured.
MEMORY_LAUNCHER = """
import os, sys
pid = os.fork()
if pid == 0:
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.execvp(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        raise SystemExit(f"bench: {' '.join(command)} exited with {done.returncode}\n{done.stdout}")
    return done.stdout


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """Wall time of one run."""
    began = time.perf_counter()
    run(command, environment)
    return time.perf_counter() - began


def memory(command: list[str], environment: dict[str, str]) -> float:
    """Megabytes resident at most; the launcher's own ten are the least that it can tell."""
    printed = run([sys.executable, "-I", "-S", "-c", MEMORY_LAUNCHER, *command], environment)
    return int(printed.split()[-1]) / 1024


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
    walls: dict[str, list[float]] = {name: [] for name in commands}
    for round_ in range(rounds + 1):
        for name, command in commands.items():
            wall = seconds(command, environment)
            if round_ > 0:
                walls[name].append(wall)
    return {name: Measured(walls[name], memory(command, environment)) for name, command in commands.items()}
