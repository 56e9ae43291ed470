"""One instance of an agent over NATS, without a client library of the optimizer.

OPTIMIZER_URL=nats://127.0.0.1:4222 INSTANCE_ID=batcher-1 python agent.py
"""

import asyncio, json, os, random, time, uuid
from urllib.parse import unquote, urlsplit
import nats

PREFIX = os.environ.get("NATS_SUBJECT_PREFIX", "")
PREFIX += "." if PREFIX and not PREFIX.endswith(".") else ""
ME = {"agentId": "batcher", "instanceId": os.environ.get("INSTANCE_ID", "batcher-1")}
KNOB = {"type": "int", "name": "linger_ms", "purpose": "decision", "min": 1, "max": 200, "default": 20, "unit": "ms",
        "affects": [{"metric": "responseTime", "improves": "decrease"}]}
in_force = {"version": 1, "values": {KNOB["name"]: KNOB["default"]}}
executions = []

started_at = time.time() * 1000

def now():
    return time.time() * 1000

def apply(delivery):
    """Puts a configuration into force, or refuses it, and returns the acknowledgement."""
    global in_force
    linger, answer = delivery["values"].get("linger_ms"), {"version": delivery["version"], "status": "applied"}
    if set(delivery["values"]) == {"linger_ms"} and type(linger) is int and KNOB["min"] <= linger <= KNOB["max"]:
        in_force = {"version": delivery["version"], "values": delivery["values"]}
    else:
        answer.update(status="refused", reason=f"cannot run with {delivery['values']}")
    return {**ME, **answer, "inForce": in_force}

async def work():
    while True:  # the agent's real work: it waits for more requests to come, then answers all
        began, configuration = time.monotonic(), in_force
        await asyncio.sleep(configuration["values"]["linger_ms"] / 1000 * random.uniform(0.8, 1.2))
        executions.append({"id": str(uuid.uuid4()), "at": now(), "type": "batch", "success": True,
                           "durationMs": (time.monotonic() - began) * 1000, "version": configuration["version"]})
        del executions[:-20000]

async def main():
    url = urlsplit(os.environ["OPTIMIZER_URL"])
    user, password = (unquote(part) if part else None for part in (url.username, url.password))  # nats-py does not decode them
    login = {"user": user, "password": password} if password else {"token": user}
    client = await nats.connect(f"{url.scheme}://{url.hostname}:{url.port or 4222}", **login,
                                user_credentials=os.environ.get("NATS_CREDENTIALS_FILE"),
                                inbox_prefix=os.environ.get("NATS_INBOX_PREFIX", "_INBOX"), max_reconnect_attempts=-1)

    async def ask(name, body):
        reply = await client.request(f"{PREFIX}optimizer.agent.{name}", json.dumps({**ME, **body}).encode(), timeout=5)
        answer = json.loads(reply.data)
        if "error" in answer:
            raise ValueError(answer["error"]["code"], answer["error"]["message"])
        return answer

    async def configure(message):  # the optimizer delivers a version
        await message.respond(json.dumps(apply(json.loads(message.data))).encode())
    async def read_back(message):  # it asks which one is in force
        await message.respond(json.dumps(in_force).encode())
    await client.subscribe(f"{PREFIX}agents.{ME['agentId']}.{ME['instanceId']}.configure", cb=configure)
    await client.subscribe(f"{PREFIX}agents.{ME['agentId']}.{ME['instanceId']}.configuration", cb=read_back)
    working, known, batch = asyncio.create_task(work()), False, None  # the reference keeps the task alive
    while True:
        try:
            if not known:
                declared = {"kind": "batcher", "transport": "nats", "knobs": [KNOB], "startedAt": started_at, "sentAt": now()}
                await ask("acknowledge", apply(await ask("announce", declared)))
            answer = await ask("heartbeat", {**in_force, "sentAt": now()})
            known = answer["known"]
            if known and (answer["drifted"] or answer["assignedVersion"] != in_force["version"]):
                await ask("acknowledge", apply(await ask("configuration", {})))
            batch = batch or {"batchId": str(uuid.uuid4()), "executions": [executions.pop(0) for _ in executions[:500]]}
            try:
                await ask("report", {**batch, "sentAt": now()})
            except ValueError as refused:
                if refused.args[0] not in ("invalid-request", "too-large", "defect"): raise  # sent again, these would be refused again
                print("a report was refused:", refused.args[1], flush=True)
            batch = None
        except (nats.errors.Error, OSError, ValueError) as problem:
            known = False
            print("the optimizer is away:", problem, flush=True)
        await asyncio.sleep(1)

asyncio.run(main())
