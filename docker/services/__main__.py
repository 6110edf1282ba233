"""Airflow and the newsstand on this machine: `up` and `down`, or just long enough for one `run`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from subprocess import Popen
from typing import Final, NoReturn

import environment
import follow
import supervisor
from rest import Airflow, Refused
from supervisor import LOG, State, Trouble

from pipeline.errors import BroadsheetError
from pipeline.jobs import current_slot, utc_now
from pipeline.model import Slot
from pipeline.settings import load_settings

Process = Popen[bytes]

#: The services of a run that has ended hold nothing any more, and were told to end before its report
#: was made: they need not be waited for, only not be left behind.
GOODBYE_S: Final = 0.3

#: What a run needs; its tasks never defer, so there is nothing to trigger.
FOR_A_RUN: Final = ("api-server", "scheduler", "dag-processor")
FOR_A_DAY: Final = (*FOR_A_RUN, "triggerer")

#: A run by hand: no schedule beside it, and a scheduler that looks around at once.
BY_HAND: Final = {
    "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
}

#: From nothing to healthy takes 12 s on a quiet machine of two cores; the rest is for busy ones.
PATIENCE_S: Final = 180.0


def up(args: argparse.Namespace) -> None:
    """Start the services and wait until they are well."""
    lock = supervisor.begin()
    if lock is not None:
        supervisor.claim_port(args.port, "Airflow", "PORT")
        with _services(lock, args, FOR_A_DAY) as (airflow, _):
            if args.demo:  # the newsstand does not mind being crawled; others start when asked to
                airflow.tell("PATCH", f"/dags/{follow.DAG}", {"is_paused": False})
    state = _others("up")
    say(f"Airflow   http://localhost:{state.port}/  user {environment.ADMIN}, password ", end="")
    say(environment.password())
    say(f"Lake      {state.broadsheet['BROADSHEET_STORE']}")
    say(f"Sources   {state.broadsheet['BROADSHEET_SOURCES']}")
    say(f"Log       {LOG}")
    say("`make run` runs the DAG `ingest` there and now; `make down` stops all of this.")


def down(_: argparse.Namespace) -> None:
    """Stop what `up` has started."""
    state = supervisor.running()
    if state:
        supervisor.stop(state)
    say("Down." if state else "Nothing was up.")


def run(args: argparse.Namespace) -> None:
    """Run the `ingest` DAG once and print what became of it."""
    slot = Slot.parse(args.slot).key if args.slot else current_slot().key
    lock = supervisor.begin()
    if lock is None:
        state = _others("run")
        _must_agree(state)
        _edition(_airflow(state.port), slot, lambda: None)
        _report(slot)
    else:
        args.port = supervisor.free_port()
        with _services(lock, args, FOR_A_RUN) as (airflow, honcho):
            _edition(airflow, slot, lambda: _alive(honcho))
            honcho.terminate()  # it takes its time, which the report can use
            _report(slot)


def _report(slot: str) -> None:
    if not sys.stdout.isatty():
        os.environ.setdefault("COLUMNS", "120")
    from pipeline.cli.out import console
    from pipeline.cli.tables import show_summary
    from pipeline.desk import summary

    show_summary(console(), summary(slot))


def _edition(airflow: Airflow, slot: str, alive: Callable[[], None]) -> None:
    """Run the DAG for a slot. Raises Trouble with the line of the task that failed."""
    dag = f"/dags/{follow.DAG}"
    paused = airflow.ask(dag)["is_paused"]
    airflow.tell("PATCH", dag, {"is_paused": False})
    run_id, state = follow.trigger(airflow, slot), "left"
    say(f"The DAG {follow.DAG} runs for {slot}:")
    try:
        state, unwell = follow.follow(airflow, run_id, say, alive)
    finally:
        with suppress(OSError, Refused):  # what went wrong before is what is to be told
            if state not in follow.ENDED:
                follow.give_up(airflow, run_id)
            airflow.tell("PATCH", dag, {"is_paused": paused})
    if state != "success":
        told = [
            f"{task['task_id']}: {follow.why(task)}\n  {follow.log_of(task)}" for task in unwell
        ]
        raise Trouble("\n".join(["The run has failed.", *told]))


@contextmanager
def _services(
    lock: int, args: argparse.Namespace, names: tuple[str, ...]
) -> Iterator[tuple[Airflow, Process]]:
    """Start services and wait for them. Leaving ends those of a run, and all if something is amiss."""
    started_by = str(args.command)
    if args.demo:
        supervisor.claim_port(args.newsstand_port, "the newsstand", "NEWSSTAND_PORT")
        names = (*names, "newsstand")
    env = environment.services_environment(os.environ, args.port, args.newsstand_port)
    if started_by == "run":
        env |= BY_HAND
    airflow, since = _airflow(args.port), utc_now()
    say("Starting Airflow ...")
    supervisor.prepare(env)
    honcho = supervisor.start(lock, started_by, names, args.port, env)
    leave, patience_s = True, supervisor.STOP_S
    try:
        _wait(honcho, lambda: _well(airflow, names) and follow.parsed(airflow, since))
        yield airflow, honcho
        leave, patience_s = started_by == "run", GOODBYE_S
    finally:
        if leave:
            for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(name, signal.SIG_IGN)
            supervisor.stop(State(started_by, honcho.pid, args.port, {}), patience_s)


def _well(airflow: Airflow, names: Sequence[str]) -> bool:
    """Whether the components that were started report themselves healthy."""
    airflow.warm_up()
    health = airflow.health()
    wanted = {"metadatabase", *(name.replace("-", "_") for name in names)}
    return all(health[name] == "healthy" for name in wanted & set(health))


def _alive(honcho: Process) -> None:
    """Raise Trouble if the services have ended."""
    if honcho.poll() is not None:
        msg = f"The services have ended:\n{supervisor.tail(LOG)}\nAll of it: {LOG}"
        raise Trouble(msg)


def _wait(honcho: Process, well: Callable[[], bool]) -> None:
    end, last = time.monotonic() + PATIENCE_S, "no answer"
    while time.monotonic() < end:
        _alive(honcho)
        try:
            if well():
                return
        except OSError as error:
            last = str(error)
        time.sleep(0.2)
    msg = f"Airflow is not well after {PATIENCE_S:.0f} s ({last}). Its log: {LOG}"
    raise Trouble(msg)


def _airflow(port: int) -> Airflow:
    return Airflow(port, environment.ADMIN, environment.password())


def _others(command: str) -> State:
    """Return the services that are up; raise Trouble if they are but those of a `make run`."""
    state = supervisor.running()
    if state is None or state.started_by != "up":
        msg = f"Another `make run` is at work; `make {command}` when it has ended, or `make down`."
        raise Trouble(msg)
    return state


def _must_agree(state: State) -> None:
    """Raise Trouble if the services that are up have other settings than this shell."""
    ours = {key: value for key, value in os.environ.items() if key.startswith("BROADSHEET_")}
    if differing := sorted(k for k, _ in ours.items() ^ state.broadsheet.items()):
        msg = (
            f"What is up was started with another {', '.join(dict.fromkeys(differing))}. "
            "Either `make down` first or set it to the same value."
        )
        raise Trouble(msg)


def say(line: str, end: str = "\n") -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(line + end)
    sys.stdout.flush()


def main() -> int:
    """Do what was asked; a person's mistake or bad luck is one line and an exit code."""
    args = _arguments()
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _interrupt)
    try:
        if args.command != "down":
            args.demo = environment.is_demo(os.environ)
            os.environ.update(environment.broadsheet(os.environ, args.newsstand_port))
            load_settings().agent()
        COMMANDS[args.command](args)
    except (BroadsheetError, Trouble, Refused, ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return getattr(error, "exit_code", 1)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing is left running.\n")
        return 130
    return 0


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


COMMANDS: Final = {"up": up, "down": down, "run": run}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--port", type=int, default=8080, help="Airflow's, for `up`")
    parser.add_argument("--newsstand-port", type=int, default=environment.STAND_PORT)
    parser.add_argument("--slot", help="hour to run for, like 2026-11-21T09:00 (default: this one)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
