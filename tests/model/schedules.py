"""All schedules. Each breaks a promise if some rule is switched off. The random runs find some of them only rarely."""
import batch_schedules
import claim_schedules
import company_schedules
import forget_schedules
import request_schedules
import scheduling
import torn_schedules
from check import Violation
from run import Run

ALL = scheduling.SCHEDULES


def broken(fixes):
    """Yields the schedules that break a promise with these rules."""
    for one in ALL:
        run = Run(fixes)
        try:
            one(run)
            run.judge()
        except Violation as violation:
            yield one.__name__, violation, run
