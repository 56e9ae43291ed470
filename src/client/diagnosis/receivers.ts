import type { Config } from '../../config/config.ts'
import { readPrometheusHeaders } from '../../config/prometheus-headers.ts'
import { describeError } from '../../model/errors.ts'
import { type DiagnosisFinding, failedFinding, okFinding } from './finding.ts'
import { checkTimeoutMs } from './with-timeout.ts'

interface Receiver {
  check: string
  url: string
  /** A path with a side-effect-free check that it is the expected service; missing if any response has to be good enough. */
  ask?: string
  /** The headers of the request. */
  readHeaders?: () => Promise<Record<string, string>>
}

/** Checks whether this machine reaches the receivers of alerts, reports and requests for approval, and Prometheus. It sends them nothing. */
export async function checkReceivers(config: Config): Promise<DiagnosisFinding[]> {
  return await Promise.all(listReceivers(config).map(checkReceiver))
}

function listReceivers({ alertSinks, reports, approval, prometheus }: Config): Receiver[] {
  const { slack } = approval
  return [
    ...alertSinks.map((sink) => ({
      check: `alerts to ${sink.name ?? sink.type}`,
      url: sink.url,
      ask: sink.type === 'alertmanager' ? 'api/v2/status' : undefined,
      readHeaders: async () => ('headers' in sink && sink.headers) || {},
    })),
    ...reports.flatMap((report) =>
      report.type === 'file' ? [] : [{ check: `reports to ${report.name ?? report.type}`, url: report.url }],
    ),
    ...(slack ? [{ check: 'approval in slack', url: slack.url }] : []),
    ...(prometheus.url
      ? [
          {
            check: 'Prometheus',
            url: prometheus.url,
            ask: 'api/v1/query?query=1',
            readHeaders: () => readPrometheusHeaders(prometheus),
          },
        ]
      : []),
  ]
}

/** Addresses of webhooks contain secrets, so only their hosts are shown. */
async function checkReceiver({ check, url, ask, readHeaders }: Receiver): Promise<DiagnosisFinding> {
  const { host } = new URL(url)
  try {
    const response = await fetch(ask ? `${url.replace(/\/+$/, '')}/${ask}` : url, {
      method: ask ? 'GET' : 'HEAD',
      headers: (await readHeaders?.()) ?? {},
      redirect: 'manual',
      signal: AbortSignal.timeout(checkTimeoutMs),
    })
    await response.body?.cancel()
    if (!ask) return okFinding(check, `${host} responds; the first message will show whether it accepts messages`)
    if (response.ok) return okFinding(check, `${host} answers`)
    return failedFinding(check, `${host} answers ${response.status}`, 'correct its address in the configuration')
  } catch (error) {
    return failedFinding(check, `${host}: ${describeError(error)}`, 'start it, or correct its address in the configuration')
  }
}
