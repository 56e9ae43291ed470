/** Units of measurement: those of OpenTelemetry are of UCUM (https://ucum.org), those of configurations are written in any way. */

/** Units of the same kind, each as a multiple of the first. */
const families: Readonly<Record<string, number>>[] = [
  {
    s: 1,
    ns: 1e-9,
    us: 1e-6,
    µs: 1e-6,
    ms: 1e-3,
    min: 60,
    h: 3_600,
    d: 86_400,
    milliseconds: 1e-3,
    seconds: 1,
    minutes: 60,
    hours: 3_600,
  },
  {
    By: 1,
    kBy: 1e3,
    MBy: 1e6,
    GBy: 1e9,
    KiBy: 2 ** 10,
    MiBy: 2 ** 20,
    GiBy: 2 ** 30,
    B: 1,
    bytes: 1,
    kB: 1e3,
    KB: 1e3,
    MB: 1e6,
    GB: 1e9,
    KiB: 2 ** 10,
    MiB: 2 ** 20,
    GiB: 2 ** 30,
  },
  { '1': 1, '%': 0.01 },
]

/** Whether a unit says nothing of a scale: none, the number 1, or an annotation such as `{request}`. */
const isPlain = (unit: string) => unit === '' || unit === '1' || unit.includes('{')

/**
 * By what a value has to be multiplied to be in another unit; undefined if it cannot be converted. A plain number is taken as it is, and so is
 * every value where no unit is wanted.
 */
export function findConversionFactor(from: string, to: string): number | undefined {
  const family = families.find((units) => Object.hasOwn(units, from) && Object.hasOwn(units, to))
  if (family) return family[from]! / family[to]!
  return isPlain(from) || to === '' || from.toLowerCase() === to.toLowerCase() ? 1 : undefined
}
