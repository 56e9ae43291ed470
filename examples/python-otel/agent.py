"""One instance of an agent that knows nothing of the optimizer: stock OpenTelemetry, and settings in a file.

INSTANCE_ID=otel-bot-1 SETTINGS_FILE=/tmp/otel-bot/otel-bot-1.json python agent.py

With LOG_FILE, it also writes a line for each span to a log of its own.
"""

import json
import os
import random
import signal
import threading
import time

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor

DEFAULTS = {"version": None, "values": {"context_chunks": 30}}


def read_settings():
    """The optimizer replaces the file at once, so that it is whole whenever it is read."""
    try:
        with open(os.environ["SETTINGS_FILE"]) as file:
            return json.load(file)
    except FileNotFoundError:
        return DEFAULTS


def answer(tracer, context_chunks):
    """Stands for a call of a language model whose time and tokens grow with its context."""
    with tracer.start_as_current_span("chat small-1", kind=trace.SpanKind.CLIENT) as span:
        span.set_attribute("gen_ai.operation.name", "chat")
        span.set_attribute("gen_ai.request.model", "small-1")
        span.set_attribute("gen_ai.usage.input_tokens", 50 + 40 * context_chunks)
        span.set_attribute("gen_ai.usage.output_tokens", random.randint(80, 120))
        time.sleep((10 + 2 * context_chunks) / 1000 * random.uniform(0.8, 1.2))


def to_line(span):
    return json.dumps({"name": span.name, "start": span.start_time, "end": span.end_time, **span.attributes}) + "\n"


def main():
    resource = Resource.create({"service.name": "otel-bot", "service.instance.id": os.environ["INSTANCE_ID"]})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=1000))
    if "LOG_FILE" in os.environ:
        log = ConsoleSpanExporter(out=open(os.environ["LOG_FILE"], "a"), formatter=to_line)
        provider.add_span_processor(SimpleSpanProcessor(log))
    tracer = provider.get_tracer("otel-bot")
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    while not stopping.is_set():
        settings = read_settings()
        with tracer.start_as_current_span("answer") as span:
            # The one line that tells which settings were in force.
            if settings["version"] is not None:
                span.set_attribute("optimizer.configuration.version", settings["version"])
            answer(tracer, settings["values"]["context_chunks"])
    provider.shutdown()


main()
