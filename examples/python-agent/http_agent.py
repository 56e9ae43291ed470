import http.client, json, os, threading, time, urllib.error, urllib.request, uuid

OPTIMIZER = os.environ.get("OPTIMIZER_URL", "http://127.0.0.1:8080") + "/agents/"
TOKEN = os.environ.get("OPTIMIZER_API_TOKEN")
HEADERS = {"content-type": "application/json", **({"authorization": f"Bearer {TOKEN}"} if TOKEN else {})}
ME = {"agentId": "price-watcher", "instanceId": os.environ.get("INSTANCE_ID", "price-watcher-1")}
KNOB = {"type": "int", "name": "batchSize", "purpose": "computation", "min": 1, "max": 1000, "default": 10, "affects": [{"metric": "responseTime"}]}
in_force = {"version": 1, "values": {KNOB["name"]: KNOB["default"]}}  # replaced as a whole: two threads read it
announced, executions, batch, started_at = False, [], None, time.time() * 1000

def now():
    return time.time() * 1000

def call(path, body=None):
    data = None if body is None else json.dumps({**ME, **body}).encode()
    with urllib.request.urlopen(urllib.request.Request(OPTIMIZER + path, data, HEADERS), timeout=5) as response:
        return json.load(response)

def apply(delivery):
    global in_force
    size, answer = delivery["values"].get("batchSize"), {"version": delivery["version"], "status": "applied"}
    if set(delivery["values"]) == {"batchSize"} and type(size) is int and KNOB["min"] <= size <= KNOB["max"]:
        in_force = {"version": delivery["version"], "values": delivery["values"]}
    else:
        answer.update(status="refused", reason=f"cannot run with {delivery['values']}")
    call("acknowledge", {**answer, "inForce": in_force})

def talk():
    global announced, batch
    if not announced:
        apply(call("announce", {"kind": "watcher", "transport": "http", "knobs": [KNOB], "startedAt": started_at, "sentAt": now()}))
    answer = call("heartbeat", {**in_force, "sentAt": now()})
    announced = answer["known"]
    if announced and (answer["drifted"] or answer["assignedVersion"] != in_force["version"]):
        apply(call("{agentId}/instances/{instanceId}/configuration".format(**ME)))
    if executions and not batch:
        batch = {"batchId": str(uuid.uuid4()), "executions": [executions.pop(0) for _ in executions[:500]]}
    if batch:
        try:
            call("report", {**batch, "sentAt": now()})
        except urllib.error.HTTPError as refused:
            if refused.code not in (400, 413, 500): raise  # sent again, these would be refused again
        batch = None

def work(size):  # the agent's real work: one decision from `size` prices
    return sum(i * i for i in range(size * 1000))

def talk_on():
    global announced
    while True:
        try:
            talk()
        except (OSError, ValueError, http.client.HTTPException) as problem:
            announced = False
            print("the optimizer is away:", problem, flush=True)
        time.sleep(1)
threading.Thread(target=talk_on, daemon=True).start()
while True:
    began, configuration = time.monotonic(), in_force
    work(configuration["values"]["batchSize"])
    executions.append({"id": str(uuid.uuid4()), "at": now(), "type": "decision", "success": True,
                       "durationMs": (time.monotonic() - began) * 1000, "version": configuration["version"]})
    del executions[:-20000]
    time.sleep(0.02)
