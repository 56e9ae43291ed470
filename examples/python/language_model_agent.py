"""An agent on a language model that reports tokens and cost with every answer, and its quality half a minute later.

What it is for: npx optimizer objective set support-bot --minimize costUsd --subject-to 'qualityScore>=0.8'"""
import http.client, json, os, random, threading, time, urllib.error, urllib.request, uuid

OPTIMIZER = os.environ.get("OPTIMIZER_URL", "http://127.0.0.1:8080") + "/agents/"
TOKEN = os.environ.get("OPTIMIZER_API_TOKEN")
HEADERS = {"content-type": "application/json", **({"authorization": f"Bearer {TOKEN}"} if TOKEN else {})}
ME = {"agentId": "support-bot", "instanceId": os.environ.get("INSTANCE_ID", "support-bot-1")}
SCORE_AFTER_MS = 1000 * float(os.environ.get("SCORE_AFTER_SECONDS", "30"))
PRICES = {"small": 0.15, "medium": 0.6, "large": 2.5}  # USD per million input tokens; output tokens cost four times as much
AFFECTS = [{"metric": "costUsd", "improves": "decrease"}, {"metric": "qualityScore", "improves": "increase"}]
KNOBS = [
    {"type": "enum", "name": "model", "purpose": "computation", "values": list(PRICES), "ordered": True, "default": "large", "affects": AFFECTS},
    {"type": "int", "name": "max_tokens", "purpose": "computation", "min": 50, "max": 2000, "scale": "log", "default": 1000, "affects": AFFECTS},
    {"type": "int", "name": "context_chunks", "purpose": "data-quality", "min": 1, "max": 40, "default": 30, "affects": AFFECTS},
]
in_force = {"version": 1, "values": {knob["name"]: knob["default"] for knob in KNOBS}}  # replaced as a whole: two threads read it
announced, executions, scores, batch, started_at = False, [], [], None, time.time() * 1000

def now():
    return time.time() * 1000

def call(path, body=None):
    data = None if body is None else json.dumps({**ME, **body}).encode()
    with urllib.request.urlopen(urllib.request.Request(OPTIMIZER + path, data, HEADERS), timeout=5) as response:
        return json.load(response)

def allows(knob, value):
    return value in knob["values"] if knob["type"] == "enum" else type(value) is int and knob["min"] <= value <= knob["max"]

def apply(delivery):
    global in_force
    values, answer = delivery["values"], {"version": delivery["version"], "status": "applied"}
    if set(values) == set(in_force["values"]) and all(allows(knob, values[knob["name"]]) for knob in KNOBS):
        in_force = {"version": delivery["version"], "values": values}
    else:
        answer.update(status="refused", reason=f"cannot run with {values}")
    call("acknowledge", {**answer, "inForce": in_force})

def talk():
    global announced, batch
    if not announced:
        apply(call("announce", {"kind": "support", "transport": "http", "knobs": KNOBS, "startedAt": started_at, "sentAt": now()}))
    answer = call("heartbeat", {**in_force, "sentAt": now()})
    announced = answer["known"]
    if announced and (answer["drifted"] or answer["assignedVersion"] != in_force["version"]):
        apply(call("{agentId}/instances/{instanceId}/configuration".format(**ME)))
    due = [score for score in scores[:500] if score["at"] <= now()]  # a score follows the report of its execution
    if not batch and (executions or due):
        batch = {"batchId": str(uuid.uuid4()), "executions": [executions.pop(0) for _ in executions[:500]], "scores": due}
        del scores[: len(due)]
    if batch:
        try:
            for refused in call("report", {**batch, "sentAt": now()})["rejected"]: print("refused:", refused, flush=True)
        except urllib.error.HTTPError as refused:
            if refused.code not in (400, 413, 500): raise  # sent again, these would be refused again
        batch = None

def talk_on():
    global announced
    while True:
        try:
            talk()
        except (OSError, ValueError, http.client.HTTPException) as problem:
            announced = False
            print("the optimizer is away:", problem, flush=True)
        time.sleep(1)

def ask(used, model, max_tokens, context_chunks):  # your model goes here; this one only pretends
    used["inputTokens"] = 200 + 100 * context_chunks  # before the call, since one that fails costs money too
    time.sleep(0.2 + random.random() / 10)
    used["outputTokens"] = min(300, max_tokens)
    return "Have you tried turning it off and on again?"

def judge(text):  # a person or another model goes here, who takes a while
    return 0.9 if len(text) > 20 else 0.4

threading.Thread(target=talk_on, daemon=True).start()
while True:
    began, started, execution = in_force, time.monotonic(), str(uuid.uuid4())
    used, outcome = {"inputTokens": 0, "outputTokens": 0}, {"success": True}
    try:
        text = ask(used, **began["values"])
        scores.append({"executionId": execution, "at": now() + SCORE_AFTER_MS, "metrics": {"qualityScore": judge(text)}})
    except Exception as problem:
        outcome = {"success": False, "error": repr(problem)[:1000]}
    cost = PRICES[began["values"]["model"]] / 1e6 * (used["inputTokens"] + 4 * used["outputTokens"])
    executions.append({"id": execution, "at": now(), "type": "answer", **outcome, "version": began["version"],
                       "durationMs": (time.monotonic() - started) * 1000, "metrics": {**used, "costUsd": cost}})
    del executions[:-20000], scores[:-20000]
