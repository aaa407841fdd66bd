"""`python -m tests.faults.stopping MODULE ARGUMENTS…`: the module, which stops itself with a page in flight.

Armed by SIGUSR1, it sends SIGSTOP to itself when the next batch was handed to Kafka's client and not yet to the
network: the batch travels when the process is continued.
"""

import os
import runpy
import signal
import sys
from typing import Any

from aiokafka import AIOKafkaProducer

armed = False
_hand_over = AIOKafkaProducer.send_batch


def arm_stop(*_: object) -> None:
    global armed
    armed = True


async def hand_over_and_stop(producer: AIOKafkaProducer, *batch: Any, **where: Any) -> Any:
    global armed
    acknowledged = await _hand_over(producer, *batch, **where)
    if armed:
        armed = False
        os.kill(os.getpid(), signal.SIGSTOP)
    return acknowledged


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, arm_stop)
    AIOKafkaProducer.send_batch = hand_over_and_stop
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
