"""Prints everything that the optimizer publishes, each message once, and checks it against the schemas of the AsyncAPI document.

OPTIMIZER_URL=nats://127.0.0.1:4222 OPTIMIZER_API=http://127.0.0.1:8080 python listener.py
"""

import asyncio, json, os, urllib.request
from urllib.parse import unquote, urlsplit
import jsonschema, nats
from nats.js.errors import NotFoundError, ServiceUnavailableError

with urllib.request.urlopen(os.environ.get("OPTIMIZER_API", "http://127.0.0.1:8080") + "/asyncapi.json") as response:
    document = json.load(response)
checks = {}
for name, operation in document["operations"].items():
    if operation["action"] == "send":  # of what the optimizer sends, the subject and the schema
        channel = document["channels"][name]
        schema = {**channel["messages"][name]["payload"], "components": document["components"]}
        checks[channel["address"]] = jsonschema.Draft7Validator(schema)
performance = next(subject for subject in checks if subject.endswith("performance.metrics"))[: -len("metrics")] + ">"
stream = "_".join([*performance.split(".")[:-2], "PERFORMANCE"])
seen = set()

async def take(message):
    message_id = (message.headers or {}).get("Nats-Msg-Id")
    if message_id in seen:  # it came twice
        return
    if message_id:
        seen.add(message_id)
    content = json.loads(message.data)
    errors = [error.message for error in checks[message.subject].iter_errors(content)]
    print(message.subject, f"does not match its schema: {errors}" if errors else json.dumps(content), flush=True)

async def main():
    url = urlsplit(os.environ.get("OPTIMIZER_URL", "nats://127.0.0.1:4222"))
    user, password = (unquote(part) if part else None for part in (url.username, url.password))
    login = {"user": user, "password": password} if password else {"token": user}
    client = await nats.connect(f"{url.scheme}://{url.hostname}:{url.port or 4222}", **login,
                                user_credentials=os.environ.get("NATS_CREDENTIALS_FILE"),
                                inbox_prefix=os.environ.get("NATS_INBOX_PREFIX", "_INBOX"),
                                max_reconnect_attempts=-1)
    try:  # from where it stopped last time; readings are in a stream of their own
        for name in (stream, f"{stream}_METRICS"):
            await client.jetstream().subscribe(performance, stream=name, durable="python-listener", cb=take)
    except (NotFoundError, ServiceUnavailableError):  # without JetStream, only what comes while it listens
        await client.subscribe(performance, cb=take)
    await asyncio.Event().wait()

asyncio.run(main())
