"""Pages in order -> verdicts in the same order, judged in processes that no page outlives.

`Workers` (pool.py) is what `flow` uses. It starts one process, the nursery, which loads rules and
libraries once and forks workers from then on: a worker that was lost is replaced in some 10 ms
instead of two seconds. Forking is safe there, as the nursery has one thread; in the process that
asks it would not be (Arrow and boto3 have theirs), and `multiprocessing` may not start processes
inside every executor's tasks, so the nursery is a plain `subprocess`.
"""

from pipeline.workers.judge import Judge, Observer
from pipeline.workers.limits import Limits
from pipeline.workers.pool import Workers

__all__ = ["Judge", "Limits", "Observer", "Workers"]
