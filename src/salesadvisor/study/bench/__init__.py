"""How fast is it, and how much memory does it take? Every figure beside its yardstick.

`bench` measures the import against raw inserts into SQLite, the weekly replay of deals and that of
all scopes against a Parquet scan of the same log, rules matched in bulk against the live engine,
one deal's advice after one new event, and the start of the process. What is compared is measured in
turn in one run. No speed passes or fails; engines that disagree do.
"""

from salesadvisor.study.bench.figures import Bench
from salesadvisor.study.bench.run import bench

__all__ = ["Bench", "bench"]
