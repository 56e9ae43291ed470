"""Asks for a profile of an agent, sets a threshold, and sends a reading of the agent beyond it: an alert, and a cycle of that agent.

OPTIMIZER_URL=nats://127.0.0.1:4222 python monitoring_agent.py market-hunter
"""

import asyncio, json, os, sys
from urllib.parse import unquote, urlsplit
import nats

PREFIX = os.environ.get("NATS_SUBJECT_PREFIX", "")
PREFIX += "." if PREFIX and not PREFIX.endswith(".") else ""
AGENT = sys.argv[1]

async def main():
    url = urlsplit(os.environ.get("OPTIMIZER_URL", "nats://127.0.0.1:4222"))
    user, password = (unquote(part) if part else None for part in (url.username, url.password))
    login = {"user": user, "password": password} if password else {"token": user}
    client = await nats.connect(f"{url.scheme}://{url.hostname}:{url.port or 4222}", **login,
                                user_credentials=os.environ.get("NATS_CREDENTIALS_FILE"),
                                inbox_prefix=os.environ.get("NATS_INBOX_PREFIX", "_INBOX"))

    async def ask(subject, body):
        reply = await client.request(PREFIX + subject, json.dumps(body).encode(), timeout=10)
        print(subject, reply.data.decode(), flush=True)

    await ask("orchestrator.profile_request", {"agentId": AGENT, "seconds": 2, "by": "monitoring-agent"})
    thresholds = {"event_loop_delay": {"critical": 500}}  # in place of those in force
    await ask("config.performance_engine_agent.updated", {"monitoring_interval_seconds": 5, "alert_thresholds": thresholds})
    await ask("monitoring.realtime_metrics", {"component": AGENT, "metrics": {"event_loop_delay": 800}})
    await client.close()

asyncio.run(main())
