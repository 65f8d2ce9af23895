"""Places VMs with CP-SAT: weight first, then moves, then the fullest host's load.

Reads the problem as JSON from standard input, writes what was found to standard output. VMs that
are alike are one class: a variable says how many of a class are on a host.
"""

import json
import sys
import time

from ortools.sat.python import cp_model

problem = json.load(sys.stdin)
hosts, classes = problem["hosts"], problem["classes"]
model = cp_model.CpModel()

on = {}  # (class, host) -> how many
for c, one in enumerate(classes):
    most = 1 if one["group"] is not None else one["count"]
    for h in one["reach"]:
        on[c, h] = model.new_int_var(0, most, "")
    model.add(sum(on[c, h] for h in one["reach"]) <= one["count"])

for h, (cpus, memory) in enumerate(hosts):
    here = [(c, on[c, h]) for c in range(len(classes)) if (c, h) in on]
    model.add(sum(classes[c]["cpus"] * x for c, x in here) <= cpus)
    model.add(sum(classes[c]["memory"] * x for c, x in here) <= memory)
    apart = {}
    for c, x in here:
        if classes[c]["group"] is not None:
            apart.setdefault(classes[c]["group"], []).append(x)
    for together in apart.values():
        if len(together) > 1:
            model.add(sum(together) <= 1)

weight = sum(classes[c]["weight"] * x for (c, _), x in on.items())


def solve(seconds):
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    begun = time.monotonic()
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return solver, found, status == cp_model.OPTIMAL, time.monotonic() - begun


def hint(value):
    model.clear_hints()
    for (c, h), x in on.items():
        model.add_hint(x, value(c, h))


hint(lambda c, h: classes[c]["ours"].get(str(h), 0))
model.maximize(weight)
solver, found, proved, took = solve(problem["seconds"])
if not found:
    sys.exit("no placement found: " + solver.status_name())
answer = {
    "proved": proved,
    "weight": round(solver.objective_value),
    "weight_bound": int(solver.best_objective_bound + 1e-6),
    "placed": {},
    "moves": None,
    "moves_bound": None,
    "peak_percent": None,
    "seconds": [took],
}
for (c, _), x in on.items():
    tier = str(classes[c]["tier"])
    answer["placed"][tier] = answer["placed"].get(tier, 0) + solver.value(x)

# A class moves as many as are placed, less those that did not run and those that stay.
model.add(weight >= answer["weight"])
moved = []
for c, one in enumerate(classes):
    runs = sum(one["running"].values())
    stays = []
    for h, many in one["running"].items():
        if (c, int(h)) in on:
            stay = model.new_int_var(0, many, "")
            model.add(stay <= on[c, int(h)])
            stays.append(stay)
    if runs > 0:
        moves = model.new_int_var(0, runs, "")
        placed = sum(on[c, h] for h in one["reach"])
        model.add(moves >= placed - (one["count"] - runs) - sum(stays))
        moved.append(moves)

before = {key: solver.value(x) for key, x in on.items()}
hint(lambda c, h: before[c, h])
model.minimize(sum(moved))
solver, found, _, took = solve(problem["seconds"] / 4)
answer["seconds"].append(took)
if found:
    answer["moves"] = round(solver.objective_value)
    answer["moves_bound"] = max(0, int(-(-(solver.best_objective_bound - 1e-6) // 1)))
    model.add(sum(moved) <= answer["moves"])
    before = {key: solver.value(x) for key, x in on.items()}
    hint(lambda c, h: before[c, h])
    peak = model.new_int_var(0, 1000, "")
    for h, capacity in enumerate(hosts):
        for resource, whole in zip(("cpus", "memory"), capacity):
            used = [classes[c][resource] * x for (c, at), x in on.items() if at == h]
            model.add(1000 * sum(used) <= whole * peak)
    model.minimize(peak)
    solver, found, _, took = solve(problem["seconds"] / 4)
    answer["seconds"].append(took)
    if found:
        answer["peak_percent"] = solver.objective_value / 10

json.dump(answer, sys.stdout)
