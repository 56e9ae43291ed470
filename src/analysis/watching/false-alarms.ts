/** How cautious the detectors must be, so that a fleet without faults has no more alarms per day than allowed. */
import { alarmEvidenceThreshold, tailShare } from '../anomalies/index.ts'
import { clamp } from '../statistics/summaries.ts'

/**
 * How often a series has been so much worse that it would have been an alarm without caution: episodes, whose points are at most
 * `episodePoints` apart, and by how much their strongest evidence exceeded that of an alarm. All fade by half in a week.
 */
export interface EpisodeRecord {
  points: number
  episodes: number
  /** Σ of what the strongest evidence of each episode exceeds `alarmEvidenceThreshold` by. */
  excess: number
  /** Of the episode that goes on: its strongest evidence; 0 if there is none. */
  peak: number
  /** Points since that episode last was that unusual. */
  quietPoints: number
}

/** An alarm is followed by none for as long. */
const episodePoints = 100
/** A real fault must not hide the next ones: an excess counts up to this. */
const maxExcess = 8
const halfLifeSeconds = 7 * 86_400

/** The expected behavior of a fleet: episodes per point and mean excess in quiet series, and the points that this counts for. */
const usual = { rate: 1.5 / 1_000, excess: 0.95, points: 20_000 }
/** The points and the episodes that all series together count for in the estimate for one of them. */
const shared = { points: 5_000, episodes: 3 }
/** The part of the false alarms that is aimed at, because their number varies from day to day. */
const aim = 0.5

export const createEpisodeRecord = (): EpisodeRecord => ({ points: 0, episodes: 0, excess: 0, peak: 0, quietPoints: 0 })

/** Adds the next point of a series. */
export function addToEpisodes(record: EpisodeRecord, evidence: number, stepSeconds: number): void {
  const kept = 0.5 ** (stepSeconds / halfLifeSeconds)
  record.points = record.points * kept + 1
  record.episodes *= kept
  record.excess *= kept
  if (evidence >= alarmEvidenceThreshold) {
    record.peak = Math.max(record.peak, evidence)
    record.quietPoints = 0
  } else if (record.peak > 0 && ++record.quietPoints > episodePoints) {
    record.episodes += 1
    record.excess += clamp(record.peak - alarmEvidenceThreshold, 0, maxExcess)
    record.peak = 0
  }
}

/** The series of a fleet as one. */
export type EpisodeTotals = Pick<EpisodeRecord, 'points' | 'episodes' | 'excess'> & { series: number }

export function sumEpisodes(records: Iterable<EpisodeRecord>): EpisodeTotals {
  const episodes = usual.rate * usual.points
  const totals = { points: usual.points, episodes, excess: episodes * usual.excess, series: 0 }
  for (const record of records) {
    totals.series++
    totals.points += record.points
    totals.episodes += record.episodes
    totals.excess += record.excess
  }
  return totals
}

/**
 * By how much evidence in a series must exceed that of an alarm. Excesses over a high threshold are about exponential (peaks over
 * threshold; Pickands 1975), so episodes that exceed it by c happen at rate · exp(−c / mean excess); c makes that the series' equal share of
 * what the fleet may have a day. The rate and the mean are those of the series, shrunk toward those of all. A young detector knows the mean only
 * from k rare points, and the predictive distribution of an exponential from k of its values is a Lomax distribution: rate · (1 + c / (k · mean
 * excess))^−k.
 */
export function computeExtraEvidence(
  record: EpisodeRecord,
  fleet: EpisodeTotals,
  { stepSeconds, falseAlarmsPerDay }: { stepSeconds: number; falseAlarmsPerDay: number },
): number {
  const rate = (record.episodes + (shared.points * fleet.episodes) / fleet.points) / (record.points + shared.points)
  const excess = (record.excess + (shared.episodes * fleet.excess) / fleet.episodes) / (record.episodes + shared.episodes)
  const perDay = (rate * 86_400) / stepSeconds
  const allowed = (aim * falseAlarmsPerDay) / Math.max(1, fleet.series)
  const k = Math.max(1, tailShare * record.points)
  return Math.max(0, excess * k * ((perDay / allowed) ** (1 / k) - 1))
}
