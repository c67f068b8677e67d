import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { type Cluster, collectMetrics, connect } from 'keelson';
import { Namespace } from 'keelson/k8s';
import { AggregatorRegistry, Registry } from 'prom-client';
import { afterEach, describe, expect, test } from 'vitest';
import { startHttp } from './http-server.js';

const EMPTY = '{"kind":"NamespaceList","apiVersion":"v1","metadata":{},"items":[]}';
const list = (cluster: Cluster) => cluster.resource(Namespace).list().page();

describe('with OpenTelemetry set up by the application', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  afterEach(() => exporter.reset());

  test('a request is one span, retries included, within the span of its caller, and the server hears of it', async () => {
    await using server = await startHttp((_, response, count) => {
      if (count === 1) response.writeHead(503).end();
      else response.end(EMPTY);
    });
    await using cluster = await connect({ server: server.url, random: () => 0 });
    const mine = provider.getTracer('test').startSpan('reconcile');
    await context.with(trace.setSpan(context.active(), mine), () => list(cluster));
    mine.end();
    const [span, ...others] = exporter.getFinishedSpans();
    expect(others.map(({ name }) => name)).toEqual(['reconcile']);
    const { hostname, port } = new URL(server.url);
    expect(span).toMatchObject({
      name: 'GET',
      kind: SpanKind.CLIENT,
      parentSpanContext: { spanId: mine.spanContext().spanId },
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'url.path': '/api/v1/namespaces',
        'server.address': hostname,
        'server.port': Number(port),
      },
    });
    const { traceId = '', spanId = '' } = span?.spanContext() ?? {};
    expect(server.requests.map(({ headers }) => headers.traceparent)).toEqual([
      [`00-${traceId}-${spanId}-01`],
      [`00-${traceId}-${spanId}-01`],
    ]);
  });

  test('a request that failed is a span that says so', async () => {
    await using server = await startHttp((_, response) => response.writeHead(404).end());
    await using cluster = await connect({ server: server.url });
    await list(cluster).catch(() => {});
    await using nowhere = await connect({ server: 'http://127.0.0.1:1', retry: { retries: 0 } });
    await list(nowhere).catch(() => {});
    expect(exporter.getFinishedSpans()).toMatchObject([
      { status: { code: SpanStatusCode.ERROR }, attributes: { 'http.response.status_code': 404 } },
      { status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'ERR_KUBE_NETWORK' } },
    ]);
  });
});

describe('with prom-client', () => {
  test('its registry shows the metrics as ours, and many processes add up', async () => {
    await using server = await startHttp((_, response) => response.end(EMPTY));
    const register = new Registry();
    const metrics = collectMetrics({ register });
    await using cluster = await connect({ server: server.url });
    await list(cluster);
    const lines = (text: string) => text.split('\n').filter(Boolean).sort();
    expect(lines(await register.metrics())).toEqual(lines(metrics.text()));
    const two = AggregatorRegistry.aggregate([await register.getMetricsAsJSON(), await register.getMetricsAsJSON()]);
    expect(await two.metrics()).toContain(
      `rest_client_requests_total{code="200",method="GET",host="${new URL(server.url).host}"} 2`,
    );
    metrics.stop();
    expect(await register.metrics()).toBe('\n');
  });
});
