"""The rehearsal of a room's loss as a SimPy model: the peer of `bascule bench simulate`.

Reads the model (the steps of the plan, what each needs, the limits, the quantiles of every duration),
plays it so many times in one process, and writes one JSON object.
"""

import json
import random
import sys
import time

import simpy


def drawer(points):
    """Draws from quantiles, straight lines between them."""

    def draw(rng):
        share = rng.randint(0, 1_000_000)
        before_share, before = points[0]
        for known, value in points:
            if known >= share:
                width = max(known - before_share, 1)
                return before + (value - before) * (share - before_share) // width
            before_share, before = known, value
        return before

    return draw


def play(model, draw, seed):
    """One run; the milliseconds from the last sign of life until the last service served."""
    rng = random.Random(seed)
    env = simpy.Environment()
    items = model["items"]
    ended = [env.event() for _ in items]
    places = [simpy.Resource(env, capacity=limit) for limit in model["limits"]]
    begun = env.event()
    elected = env.event()
    served = {name: env.event() for name in model["services"]}
    last_up = draw["told"](rng)

    def verdict():
        yield env.timeout(draw["election"](rng) + draw["silence"](rng))
        yield env.timeout(model["hold_off_ms"])
        begun.succeed()

    def storage():
        yield env.timeout(draw["storage-elects"](rng))
        elected.succeed()

    def step(number, item):
        yield begun
        if item["needs"]:
            yield env.all_of([ended[need] for need in item["needs"]])
        taken = [places[limit].request() for limit in item["limits"]]
        if taken:
            yield env.all_of(taken)
        if item["kind"] == "fence":
            yield env.timeout(draw["withholding"](rng) + model["lease_wait_ms"])
        elif item["kind"] == "side":
            yield elected
            yield env.timeout(draw["told"](rng))
        elif item["kind"] == "start":
            while True:
                yield env.timeout(draw["commit"](rng) + draw["order"](rng))
                if rng.randint(0, 999_999) >= model["order_fails_ppm"]:
                    break
                yield env.timeout(item["backoff_ms"])
            boot = item["boot_ms"] * draw["boot"](rng) // 1_000_000
            yield env.timeout(boot + draw["told"](rng) + draw["commit"](rng))
        elif item["kind"] == "service":
            yield served[item["service"]]
        for place, request in zip((places[limit] for limit in item["limits"]), taken):
            place.release(request)
        ended[number].succeed()

    def service(name, needs):
        waits = [ended[vm] for vm in needs["items"]] + [served[other] for other in needs["services"]]
        if waits:
            yield env.all_of(waits)
        yield env.timeout(draw["service"](rng) + draw["told"](rng))
        served[name].succeed()

    env.process(verdict())
    env.process(storage())
    for number, item in enumerate(items):
        env.process(step(number, item))
    for name, needs in model["services"].items():
        env.process(service(name, needs))
    env.run(until=env.all_of(list(served.values())))
    return env.now + last_up


def main():
    """Plays for so many seconds at least."""
    model = json.load(sys.stdin)
    at_least_s = float(sys.argv[1])
    draw = {name: drawer(points) for name, points in model["durations"].items()}
    begun = time.perf_counter()
    times = []
    while time.perf_counter() - begun < at_least_s:
        times.append(play(model, draw, len(times)))
    took = time.perf_counter() - begun
    times.sort()
    print(
        json.dumps(
            {
                "simpy": simpy.__version__,
                "runs": len(times),
                "wall_s": took,
                "runs_per_s": len(times) / took,
                "p50_s": times[len(times) // 2] / 1000,
                "max_s": times[-1] / 1000,
            }
        )
    )


if __name__ == "__main__":
    main()
