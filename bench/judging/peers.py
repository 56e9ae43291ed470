"""Published statistics for experiments as judges of trials, behind the protocol of `judge_sim.py`.

    pip install gbstats==0.8.0                  # Python 3.11, with scipy
    pip install tea-tasting==2 expectation      # Python 3.12 or later
    python judge_sim.py --judge 'python bench/judging/peers.py gbstats'

Each is used as its documentation says: the interval of the relative effect decides, worse is a roll-back, better is kept.
"""
import json
import sys

import numpy as np


def gbstats(baseline, candidate, n_max):
    """GrowthBook's sequential test, valid at every look, tuned to the longest trial."""
    from gbstats.frequentist.tests import SequentialConfig, SequentialTwoSidedTTest
    from gbstats.models.statistics import SampleMeanStatistic

    arms = [SampleMeanStatistic(n=len(x), sum=float(x.sum()), sum_squares=float((x * x).sum())) for x in (baseline, candidate)]
    config = SequentialConfig(difference_type="relative", sequential_tuning_parameter=2 * n_max)
    result = SequentialTwoSidedTTest(*arms, config).compute_result()
    return (0, 0) if result.error_message else result.ci


def tea_tasting(baseline, candidate, n_max):
    """Welch's test, which has a fixed sample size: one look, at the end."""
    if len(candidate) < n_max:
        return 0, 0
    import pyarrow
    import tea_tasting as tt

    table = pyarrow.table({"variant": np.repeat([0, 1], [len(baseline), len(candidate)]), "x": np.concatenate([baseline, candidate])})
    result = tt.Experiment(x=tt.Mean("x")).analyze(table)["x"]
    return result.rel_effect_size_ci_lower, result.rel_effect_size_ci_upper


def expectation(baseline, candidate, n_max):
    """A confidence sequence of the differences in pairs, valid at every look; of logarithms where all values are positive."""
    from expectation.confseq.confidenceconfig import ConfidenceSequenceConfig
    from expectation.confseq.confidencesequence import ConfidenceSequence

    positive = min(baseline.min(), candidate.min()) > 0
    differences = np.log(candidate) - np.log(baseline) if positive else candidate - baseline
    spread = float(differences.std())
    if spread == 0:
        return 0, 0
    config = ConfidenceSequenceConfig(v_opt=n_max / 2)
    result = ConfidenceSequence(config=config).update(differences / spread)
    return result.lower, result.upper


PEERS = {"gbstats": gbstats, "tea-tasting": tea_tasting, "expectation": expectation}


def main():
    effect_interval = PEERS[sys.argv[1]]
    for line in sys.stdin:
        request = json.loads(line)
        arms = np.array(request["baseline"]), np.array(request["candidate"])
        low, high = effect_interval(*arms, request["n_max"])
        if request["direction"] == "higher":
            low, high = -high, -low
        verdict = "rollback" if low > 0 else "keep" if high < 0 else "pass"
        print(json.dumps({"id": request["id"], "verdict": verdict}), flush=True)


if __name__ == "__main__":
    main()
